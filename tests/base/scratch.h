// A folder for one test, removed with all that is in it; and helpers to write files and to see what
// was diagnosed.
#ifndef WEIR_TESTS_BASE_SCRATCH_H
#define WEIR_TESTS_BASE_SCRATCH_H

#include "base/diag.h"
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace scratch {

class Folder {
  public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "weir-test-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) std::abort();
        path_ = name;
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder &) = delete;
    Folder &operator=(const Folder &) = delete;

    std::string Path(const std::string &name) const { return (path_ / name).string(); }

    std::string Write(const std::string &name, const std::string &text) const {
        std::filesystem::create_directories((path_ / name).parent_path());
        std::ofstream(Path(name), std::ios::binary) << text;
        return Path(name);
    }

    std::string Read(const std::string &name) const {
        std::ifstream in(Path(name), std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    size_t Files() const {
        size_t count = 0;
        for (auto &entry : std::filesystem::directory_iterator(path_))
            count += entry.exists();
        return count;
    }

  private:
    std::filesystem::path path_;
};

// A diagnostics list whose items read as "name:line: level: text", folders left out.
class Diag {
  public:
    Diag() : diag_(weir_diag_new()) {}
    ~Diag() { weir_diag_free(diag_); }
    Diag(const Diag &) = delete;
    Diag &operator=(const Diag &) = delete;
    operator weir_diag *() { return diag_; }

    std::vector<std::string> Lines() const {
        static const char *const kLevels[] = {"note", "warning", "error"};
        std::vector<std::string> lines;
        for (size_t i = 0; i < weir_diag_count(diag_); i++) {
            const weir_diag_item *item = weir_diag_at(diag_, i);
            std::string line;
            if (item->file != nullptr) {
                line = std::filesystem::path(item->file).filename().string();
                if (item->line > 0) line += ":" + std::to_string(item->line);
                line += ": ";
            }
            lines.push_back(line + kLevels[item->level] + ": " + item->text);
        }
        return lines;
    }

  private:
    weir_diag *diag_;
};

using Lines = std::vector<std::string>;

} // namespace scratch

#endif
