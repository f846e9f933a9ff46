// Text buffer, files, folders and diagnostics.
#include "base/scratch.h"
#include "base/text.h"
#include <gtest/gtest.h>

using scratch::Lines;

TEST(Text, GrowsWithWhatIsAdded) {
    weir_text *text = weir_text_new();
    std::string expected;
    for (int i = 0; i < 3000; i++) {
        weir_text_addf(text, "%d,", i);
        weir_text_add(text, "ab");
        expected += std::to_string(i) + ",ab";
    }
    std::string line(70000, 'x');
    weir_text_addf(text, "%s", line.c_str());
    expected += line;
    EXPECT_EQ(weir_text_string(text), expected);
    EXPECT_EQ(weir_text_length(text), expected.size());
    weir_text_free(text);
}

TEST(Text, SavesAndReplacesAWholeFile) {
    scratch::Folder folder;
    scratch::Diag diag;
    std::string path = folder.Write("out.sv", "old contents that are longer");
    weir_text *text = weir_text_new();
    weir_text_add(text, "new");
    EXPECT_TRUE(weir_text_save(text, path.c_str(), diag));
    EXPECT_EQ(folder.Read("out.sv"), "new");
    EXPECT_EQ(folder.Files(), 1u);
    weir_text_free(text);
}

TEST(Text, LeavesNothingBehindWhenItCannotSave) {
    scratch::Folder folder;
    scratch::Diag diag;
    folder.Write("taken/inside", ""); // a folder cannot be replaced by a file
    weir_text *text = weir_text_new();
    EXPECT_FALSE(weir_text_save(text, folder.Path("taken").c_str(), diag));
    EXPECT_FALSE(weir_text_save(text, folder.Path("none/out").c_str(), diag));
    EXPECT_EQ(folder.Files(), 1u);
    EXPECT_EQ(diag.Lines(), (Lines{"taken: error: cannot write: Is a directory",
                                   "out: error: cannot create: No such file or directory"}));
    weir_text_free(text);
}

TEST(File, ReadsAllBytes) {
    scratch::Folder folder;
    scratch::Diag diag;
    std::string bytes(300000, 'z');
    bytes[5] = '\0';
    size_t length = 0;
    char *read = weir_file_read(folder.Write("data", bytes).c_str(), &length, diag);
    ASSERT_NE(read, nullptr);
    EXPECT_EQ(std::string(read, length), bytes);
    EXPECT_EQ(read[length], '\0');
    free(read);
    read = weir_file_read(folder.Write("empty", "").c_str(), &length, diag);
    ASSERT_NE(read, nullptr);
    EXPECT_EQ(length, 0u);
    free(read);
    EXPECT_EQ(diag.Lines(), Lines{});
}

TEST(File, NamesWhatCannotBeRead) {
    scratch::Folder folder;
    scratch::Diag diag;
    EXPECT_EQ(weir_file_read(folder.Path("absent").c_str(), nullptr, diag), nullptr);
    EXPECT_EQ(weir_file_read(folder.Path(".").c_str(), nullptr, diag), nullptr);
    ASSERT_EQ(weir_diag_count(diag), 2u);
    EXPECT_EQ(diag.Lines()[0], "absent: error: cannot open: No such file or directory");
    EXPECT_STREQ(weir_diag_at(diag, 1)->text, "cannot read: Is a directory");
}

TEST(Folder, IsMadeWithItsParents) {
    scratch::Folder folder;
    scratch::Diag diag;
    EXPECT_TRUE(weir_make_folder(folder.Path("a/b//c/").c_str(), diag));
    EXPECT_TRUE(weir_make_folder(folder.Path("a/b").c_str(), diag));
    EXPECT_TRUE(std::filesystem::is_directory(folder.Path("a/b/c")));
    folder.Write("file", "");
    EXPECT_FALSE(weir_make_folder(folder.Path("file/under").c_str(), diag));
    EXPECT_FALSE(weir_make_folder("", diag));
    ASSERT_EQ(weir_diag_count(diag), 2u);
    EXPECT_EQ(diag.Lines()[0], "under: error: cannot create folder: Not a directory");
}

TEST(Diag, KeepsAllAndPrintsOneLineEach) {
    weir_diag *diag = weir_diag_new();
    {
        std::string file = "mlp.cfg"; // gone before the list is read
        weir_diag_add(diag, WEIR_WARNING, {file.c_str(), 0}, "layer \"%s\": wide", "d1");
        EXPECT_FALSE(weir_diag_has_errors(diag));
        EXPECT_FALSE(weir_error(diag, {file.c_str(), 41}, "fifo \"x\": depth %d, minimum 1", 0));
        file.assign(7, '?');
    }
    weir_diag_add(diag, WEIR_NOTE, WEIR_NOWHERE, "a note");
    EXPECT_TRUE(weir_diag_has_errors(diag));
    EXPECT_EQ(weir_diag_at(diag, 3), nullptr);
    char *printed = nullptr;
    size_t length = 0;
    FILE *out = open_memstream(&printed, &length);
    weir_diag_print(diag, out);
    fclose(out);
    EXPECT_STREQ(printed, "mlp.cfg: warning: layer \"d1\": wide\n"
                          "mlp.cfg:41: error: fifo \"x\": depth 0, minimum 1\n"
                          "note: a note\n");
    free(printed);
    weir_diag_free(diag);
}
