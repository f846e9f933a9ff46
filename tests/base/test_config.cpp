// Configuration reader: every key type, @include, and every way to be wrong with its file and line.
#include "base/config.h"
#include "base/scratch.h"
#include <cstddef>
#include <gtest/gtest.h>

using scratch::Lines;

namespace {

struct Record {
    bool flag = false;
    int64_t depth = 7;
    double scale = 0.5;
    const char *name = "none";
    int strategy = 0;
    const weir_config_node *source = nullptr, *layers = nullptr;
    int64_t any = 0;
};

const char *const kStrategies[] = {"auto", "latency", "resource", nullptr};

const weir_key kKeys[] = {
    {"flag", WEIR_KEY_BOOL, offsetof(Record, flag), 0, 0, nullptr, false},
    {"depth", WEIR_KEY_INT, offsetof(Record, depth), 1, 1024, nullptr, false},
    {"scale", WEIR_KEY_FLOAT, offsetof(Record, scale), 0, 2, nullptr, false},
    {"name", WEIR_KEY_STRING, offsetof(Record, name), 0, 0, nullptr, true},
    {"strategy", WEIR_KEY_CHOICE, offsetof(Record, strategy), 0, 0, kStrategies, false},
    {"source", WEIR_KEY_GROUP, offsetof(Record, source), 0, 0, nullptr, false},
    {"layers", WEIR_KEY_LIST, offsetof(Record, layers), 0, 0, nullptr, false},
    {"any", WEIR_KEY_INT, offsetof(Record, any), 0, 0, nullptr, false},
};
constexpr size_t kCount = sizeof kKeys / sizeof *kKeys;

// Reads `text` as a whole file; what was diagnosed.
Lines Diagnose(const std::string &text, Record *record, const char *what = "") {
    scratch::Folder folder;
    scratch::Diag diag;
    weir_config *config = weir_config_load(folder.Write("design.cfg", text).c_str(), diag);
    if (config != nullptr) {
        bool good = weir_config_read(weir_config_root(config), what, kKeys, kCount, record, diag);
        EXPECT_EQ(good, !weir_diag_has_errors(diag));
        weir_config_free(config);
    }
    return diag.Lines();
}

TEST(Config, ReadsEveryType) {
    scratch::Folder folder;
    scratch::Diag diag;
    std::string path = folder.Write(
        "design.cfg", "flag = true;\ndepth = 1024;\nscale = 2; name = \"mlp\";\n"
                      "strategy = \"resource\";\nsource = { name = \"s\"; };\n"
                      "layers = ( 4, \"five\",\n  { name = \"c\"; } );\nany = 5000000000L;\n");
    weir_config *config = weir_config_load(path.c_str(), diag);
    ASSERT_NE(config, nullptr);
    Record record;
    EXPECT_TRUE(weir_config_read(weir_config_root(config), "", kKeys, kCount, &record, diag));
    EXPECT_TRUE(record.flag);
    EXPECT_EQ(record.depth, 1024);
    EXPECT_EQ(record.scale, 2.0);
    EXPECT_STREQ(record.name, "mlp");
    EXPECT_EQ(record.strategy, 2);
    EXPECT_EQ(record.any, 5000000000);
    ASSERT_NE(record.layers, nullptr);
    EXPECT_EQ(weir_config_length(record.layers), 3u);
    EXPECT_EQ(weir_config_loc(weir_config_item(record.layers, 2)).line, 7);
    int64_t number = 0;
    const char *word = nullptr;
    EXPECT_TRUE(weir_config_item_int(weir_config_item(record.layers, 0), &number, diag));
    EXPECT_TRUE(weir_config_item_string(weir_config_item(record.layers, 1), &word, diag));
    EXPECT_EQ(number, 4);
    EXPECT_STREQ(word, "five");
    Record source;
    EXPECT_TRUE(weir_config_read(record.source, "source", kKeys, kCount, &source, diag));
    EXPECT_STREQ(source.name, "s");
    EXPECT_EQ(source.depth, 7) << "absent keys keep their value";
    EXPECT_EQ(weir_config_key_loc(record.source, "name").line, 5);
    EXPECT_EQ(weir_config_key_loc(record.source, "depth").line, 5);
    EXPECT_STREQ(weir_config_loc(weir_config_root(config)).file, path.c_str());
    EXPECT_EQ(diag.Lines(), Lines{});

    EXPECT_FALSE(weir_config_item_int(weir_config_item(record.layers, 1), &number, diag));
    EXPECT_FALSE(weir_config_item_string(weir_config_item(record.layers, 0), &word, diag));
    EXPECT_FALSE(weir_config_read(weir_config_item(record.layers, 0), "layer 0", kKeys, kCount,
                                  &record, diag));
    EXPECT_EQ(diag.Lines(),
              (Lines{"design.cfg:6: error: layers: item 1 is a string, must be an integer",
                     "design.cfg:6: error: layers: item 0 is an integer, must be a string",
                     "design.cfg:6: error: layer 0 is an integer, must be a group { ... }"}));
    weir_config_free(config);
}

TEST(Config, ReportsAllErrorsAtTheirLines) {
    Record record;
    EXPECT_EQ(
        Diagnose("flag = 1;\ndepth = \"deep\";\nscale = true;\nname = 4;\nstrategy = \"fast\";\n"
                 "source = ( );\nlayers = { };\nreuse = 4;\nany = 1.5;\n",
                 &record, "layer \"conv1\""),
        (Lines{"design.cfg:1: error: layer \"conv1\": flag is an integer, must be true or false",
               "design.cfg:2: error: layer \"conv1\": depth is a string, must be an integer",
               "design.cfg:3: error: layer \"conv1\": scale is a boolean, must be a number",
               "design.cfg:4: error: layer \"conv1\": name is an integer, must be a string",
               "design.cfg:5: error: layer \"conv1\": strategy \"fast\"; allowed: auto, latency, "
               "resource",
               "design.cfg:6: error: layer \"conv1\": source is a list, must be a group { ... }",
               "design.cfg:7: error: layer \"conv1\": layers is a group, must be a list ( ... )",
               "design.cfg:8: error: layer \"conv1\": unknown key \"reuse\"; allowed: flag, depth, "
               "scale, name, strategy, source, layers, any",
               "design.cfg:9: error: layer \"conv1\": any is a floating-point number, must be an "
               "integer"}));
    EXPECT_EQ(record.depth, 7) << "a wrong value is not stored";
}

TEST(Config, ChecksRangesAtTheirBounds) {
    Record record;
    EXPECT_EQ(Diagnose("name = \"a\"; depth = 1; scale = 0;", &record), Lines{});
    EXPECT_EQ(Diagnose("name = \"a\"; depth = 1024; scale = 2.0;", &record), Lines{});
    EXPECT_EQ(Diagnose("name = \"a\";\ndepth = 0;\nscale = -0.25;", &record),
              (Lines{"design.cfg:2: error: depth 0, minimum 1",
                     "design.cfg:3: error: scale -0.25, minimum 0"}));
    EXPECT_EQ(Diagnose("name = \"a\";\ndepth = 1025;\nscale = 2.5;", &record),
              (Lines{"design.cfg:2: error: depth 1025, maximum 1024",
                     "design.cfg:3: error: scale 2.5, maximum 2"}));
}

TEST(Config, AsksForRequiredKeys) {
    Record record;
    EXPECT_EQ(Diagnose("depth = 2;", &record),
              (Lines{"design.cfg: error: missing required key \"name\""}));
    EXPECT_EQ(Diagnose("", &record), (Lines{"design.cfg: error: missing required key \"name\""}));
}

TEST(Config, PlacesSyntaxErrors) {
    Record record;
    Lines lines = Diagnose("name = \"a\";\ndepth = = 2;\n", &record);
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0], "design.cfg:2: error: syntax error");
    lines = Diagnose("name = \"a\";\nname = \"b\";\n", &record);
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0], "design.cfg:2: error: duplicate setting name");
}

TEST(Config, FollowsIncludesBesideTheFile) {
    scratch::Folder folder;
    scratch::Diag diag;
    folder.Write("sub/part.cfg", "depth = 3;\n\nwrong = 1;\n");
    std::string path = folder.Write("sub/design.cfg", "name = \"a\";\n@include \"part.cfg\"\n"
                                                      "also = 2;\n");
    weir_config *config = weir_config_load(path.c_str(), diag);
    ASSERT_NE(config, nullptr);
    Record record;
    EXPECT_FALSE(weir_config_read(weir_config_root(config), "", kKeys, kCount, &record, diag));
    EXPECT_EQ(record.depth, 3);
    const std::string allowed =
        "; allowed: flag, depth, scale, name, strategy, source, layers, any";
    EXPECT_EQ(diag.Lines(), (Lines{"part.cfg:3: error: unknown key \"wrong\"" + allowed,
                                   "design.cfg:3: error: unknown key \"also\"" + allowed}));
    weir_config_free(config);
}

TEST(Config, PlacesErrorsInIncludedFiles) {
    scratch::Folder folder;
    scratch::Diag diag;
    folder.Write("part.cfg", "depth = 3;\n\n}\n");
    std::string path = folder.Write("design.cfg", "@include \"part.cfg\"\n");
    EXPECT_EQ(weir_config_load(path.c_str(), diag), nullptr);
    path = folder.Write("other.cfg", "\n@include \"absent.cfg\"\n");
    EXPECT_EQ(weir_config_load(path.c_str(), diag), nullptr);
    EXPECT_EQ(weir_config_load(folder.Path("absent.cfg").c_str(), diag), nullptr);
    EXPECT_EQ(weir_config_load(folder.Path("").c_str(), diag), nullptr);
    folder.Write("sub/part.cfg", "\n  @include \"sub\"\n");
    path = folder.Write("third.cfg", "@include \"sub/part.cfg\"\n");
    EXPECT_EQ(weir_config_load(path.c_str(), diag), nullptr);
    path = folder.Write("self.cfg", "@include \"self.cfg\"\n");
    EXPECT_EQ(weir_config_load(path.c_str(), diag), nullptr);
    path = folder.Write("many.cfg", "@include \"many.cfg\"\n@include \"many.cfg\"\n"
                                    "@include \"many.cfg\"\n");
    EXPECT_EQ(weir_config_load(path.c_str(), diag), nullptr);
    Lines lines = diag.Lines();
    ASSERT_EQ(lines.size(), 7u);
    EXPECT_NE(lines[6].find("more than 256 included files, maximum 256"), std::string::npos);
    EXPECT_EQ(lines[4].find("part.cfg:2: error: \""), 0u);
    EXPECT_NE(lines[4].find("sub\" is a folder, must be a configuration file"), std::string::npos);
    EXPECT_EQ(lines[5], "self.cfg:1: error: include file nesting too deep");
    EXPECT_EQ(lines[0], "part.cfg:3: error: syntax error");
    EXPECT_EQ(lines[1], "other.cfg:2: error: cannot open include file");
    EXPECT_EQ(lines[2], "absent.cfg: error: cannot open: No such file or directory");
    EXPECT_NE(lines[3].find("is a folder, must be a configuration file"), std::string::npos);
}

} // namespace
