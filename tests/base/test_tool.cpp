// The pool of tools and the cache: order, failures, limits of time, interrupts; what a damaged cache gives.
#include "base/cache.h"
#include "base/scratch.h"
#include "base/tool.h"
#include <gtest/gtest.h>
#include <sys/wait.h>

using scratch::Lines;

namespace {

// Jobs that are shell commands, each in a folder of its own.
struct Pool {
    scratch::Folder folder;
    scratch::Diag diag;
    std::vector<std::string> commands, paths;
    std::vector<weir_job> jobs;
    std::vector<int> status;
    std::vector<bool> late;
    weir_pool pool = {};

    explicit Pool(std::vector<std::string> list)
        : commands(std::move(list)), jobs(commands.size()), status(commands.size(), -1),
          late(commands.size()) {
        for (size_t i = 0; i < commands.size(); i++) {
            paths.push_back(folder.Path(std::to_string(i)));
            std::filesystem::create_directories(paths.back());
        }
        pool.jobs = jobs.data();
        pool.n_jobs = (uint32_t)jobs.size();
        pool.context = this;
        pool.start = [](void *context, uint32_t i) {
            Pool *self = (Pool *)context;
            const char *args[] = {"sh", "-c", self->commands[i].c_str(), nullptr};
            return weir_tool_start(&self->jobs[i].child, self->paths[i].c_str(), args, "job",
                                   self->diag);
        };
        pool.ended = [](void *context, uint32_t i, int status, bool late) {
            Pool *self = (Pool *)context;
            self->status[i] = status;
            self->late[i] = late;
            return status == 0 ? WEIR_JOB_DONE : WEIR_JOB_FAILED;
        };
        pool.what = "testing";
    }
    std::string Log(size_t i) { return folder.Read(std::to_string(i) + "/log"); }
};

TEST(Pool, RunsEveryJobInItsFolder) {
    Pool p({"echo one; pwd", "echo two >&2; echo $TMPDIR", "cat"});
    std::vector<uint64_t> seen;
    auto note = [](void *context, const weir_work *work) {
        EXPECT_STREQ(work->what, "testing");
        EXPECT_EQ(work->total, 3u);
        ((std::vector<uint64_t> *)context)->push_back(work->done);
    };
    weir_progress progress{&seen, note, nullptr};
    EXPECT_TRUE(weir_pool_run(&p.pool, &progress));
    for (const weir_job &job : p.jobs)
        EXPECT_EQ(job.state, WEIR_JOB_DONE);
    EXPECT_EQ(p.Log(0), "one\n" + p.paths[0] + "\n");
    EXPECT_EQ(p.Log(1), "two\n" + p.paths[1] + "\n");
    EXPECT_EQ(p.Log(2), "") << "nothing comes from a terminal";
    ASSERT_FALSE(seen.empty());
    EXPECT_EQ(seen.back(), 3u);
}

TEST(Pool, DoneJobsAreLeftAlone) {
    Pool p({"echo never", "echo one"});
    p.jobs[0].state = WEIR_JOB_DONE;
    EXPECT_TRUE(weir_pool_run(&p.pool, nullptr));
    EXPECT_EQ(p.status[0], -1);
    EXPECT_EQ(p.status[1], 0);
}

TEST(Pool, AfterAFailureNothingNewStarts) {
    std::vector<std::string> commands(40, "sleep 0.05");
    commands[0] = "exit 3";
    Pool p(commands);
    EXPECT_TRUE(weir_pool_run(&p.pool, nullptr));
    EXPECT_EQ(p.jobs[0].state, WEIR_JOB_FAILED);
    EXPECT_EQ(WEXITSTATUS(p.status[0]), 3);
    EXPECT_EQ(p.jobs[39].state, WEIR_JOB_WAITING);
    Pool on(commands);
    on.pool.go_on = true;
    EXPECT_TRUE(weir_pool_run(&on.pool, nullptr));
    EXPECT_EQ(on.jobs[39].state, WEIR_JOB_DONE);
}

TEST(Pool, EndsWhatTakesTooLong) {
    Pool p({"sleep 100 & sleep 100", "true"});
    p.pool.limit_seconds = 0.3;
    p.pool.go_on = true;
    double begun = weir_tool_seconds();
    EXPECT_TRUE(weir_pool_run(&p.pool, nullptr));
    EXPECT_LT(weir_tool_seconds() - begun, 20);
    EXPECT_TRUE(p.late[0]);
    EXPECT_TRUE(WIFSIGNALED(p.status[0]));
    EXPECT_EQ(p.jobs[0].state, WEIR_JOB_FAILED);
    EXPECT_FALSE(p.late[1]);
    EXPECT_EQ(p.jobs[1].state, WEIR_JOB_DONE);
}

TEST(Pool, StopsWhenTold) {
    Pool p({"true", "sleep 100", "sleep 100", "sleep 100"});
    volatile int stop = 0;
    struct Told {
        volatile int *stop;
    } told{&stop};
    auto note = [](void *context, const weir_work *work) {
        if (work->done > 0) *((Told *)context)->stop = 1;
    };
    weir_progress progress{&told, note, &stop};
    EXPECT_FALSE(weir_pool_run(&p.pool, &progress));
    EXPECT_EQ(p.jobs[0].state, WEIR_JOB_DONE);
    for (int i : {1, 2, 3}) {
        EXPECT_EQ(p.jobs[i].state, WEIR_JOB_FAILED);
        EXPECT_EQ(p.jobs[i].child, 0);
    }
}

TEST(Tool, SaysWhatIsNotThere) {
    scratch::Folder folder;
    scratch::Diag diag;
    pid_t child;
    const char *args[] = {"weir-has-no-such-tool", nullptr};
    EXPECT_FALSE(weir_tool_on_path(args[0]));
    EXPECT_TRUE(weir_tool_on_path("sh"));
    EXPECT_FALSE(weir_tool_start(&child, folder.Path("").c_str(), args, "module \"m\"", diag));
    EXPECT_EQ(diag.Lines(), Lines{"error: module \"m\": cannot start weir-has-no-such-tool: No "
                                  "such file or directory"});
}

TEST(Cache, HoldsWhatIsWholeOnly) {
    scratch::Folder folder;
    scratch::Diag diag;
    std::string before = getenv("XDG_CACHE_HOME") ? getenv("XDG_CACHE_HOME") : "";
    setenv("XDG_CACHE_HOME", folder.Path("cache").c_str(), 1);
    char cache[4096], work[4096], key[WEIR_KEY_CHARS], other[WEIR_KEY_CHARS];
    ASSERT_TRUE(weir_cache_open(cache, diag));
    setenv("XDG_CACHE_HOME", before.c_str(), 1);
    weir_hash *hash = weir_hash_new();
    weir_hash_text(hash, "ab");
    weir_hash_text(hash, "c");
    weir_hash_end(hash, key);
    hash = weir_hash_new();
    weir_hash_text(hash, "a");
    weir_hash_text(hash, "bc");
    weir_hash_end(hash, other);
    EXPECT_STRNE(key, other) << "texts stay apart";
    EXPECT_EQ(strlen(key), 64u);

    EXPECT_FALSE(weir_cache_holds(cache, key, "thing.bin"));
    ASSERT_TRUE(weir_cache_begin(work, cache, diag));
    std::ofstream(std::string(work) + "/thing.bin") << "content";
    ASSERT_TRUE(weir_cache_commit(work, cache, key, "thing.bin", diag));
    EXPECT_TRUE(weir_cache_holds(cache, key, "thing.bin"));
    EXPECT_FALSE(std::filesystem::exists(work));
    std::string kept = std::string(cache) + "/" + key;
    std::ofstream(kept + "/thing.bin") << "Content";
    EXPECT_FALSE(weir_cache_holds(cache, key, "thing.bin")) << "one letter is another";
    EXPECT_FALSE(std::filesystem::exists(kept)) << "what is damaged is thrown away";
    EXPECT_EQ(diag.Lines(), Lines{});
}

} // namespace
