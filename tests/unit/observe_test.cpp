#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "catch.hpp"
#include "labkit/observe/cgroup.hpp"
#include "labkit/observe/process.hpp"
#include "slipway/descriptor.hpp"
#include "slipway/file.hpp"

using namespace labkit;

namespace {

constexpr pid_t nobody = 0x7ffffffe;  // above the largest pid that a kernel gives

/// A child that lives until the test lets it go; with its parent it dies in any case (end of file).
class Other {
 public:
  Other() : pid_(::fork()) {
    if (pid_ != 0) return;
    line_.write.close();
    char byte;
    [[maybe_unused]] auto ended = ::read(line_.read.get(), &byte, 1);
    ::_exit(0);
  }
  Other(const Other&) = delete;
  Other& operator=(const Other&) = delete;
  ~Other() { end(); }

  pid_t pid() const { return pid_; }
  void end() {
    if (!line_.write) return;
    line_.write.close();
    ::waitpid(pid_, nullptr, 0);
  }

 private:
  slipway::Pipe line_ = slipway::make_pipe();
  pid_t pid_;
};

}  // namespace

TEST_CASE("the eyes see this process as it knows itself") {
  const auto self = look_at(::getpid());
  REQUIRE(self);
  CHECK(self->pid == ::getpid());
  CHECK(self->parent == ::getppid());
  CHECK(self->state == 'R');
  REQUIRE(!self->arguments.empty());
  CHECK(self->arguments[0].find("unit") != std::string::npos);
  CHECK(executable_of(::getpid()) == file_id("/proc/self/exe"));
  CHECK(executable_of(::getpid()) != file_id("/bin/sh"));
}

TEST_CASE("a child is seen while it is there, and a zombie as one") {
  Other child;
  CHECK(children_of(::getpid()) == std::vector<pid_t>{child.pid()});
  const std::vector<pid_t> all = all_processes();
  CHECK(std::ranges::find(all, child.pid()) != all.end());
  const auto seen = look_at(child.pid());
  REQUIRE(seen);
  CHECK(seen->parent == ::getpid());
  CHECK(namespace_of(child.pid(), "uts") == namespace_of(::getpid(), "uts"));
  child.end();
  CHECK(!look_at(child.pid()));
  const pid_t zombie = ::fork();
  if (zombie == 0) ::_exit(0);
  siginfo_t info;
  ::waitid(P_PID, static_cast<id_t>(zombie), &info, WEXITED | WNOWAIT);
  CHECK(look_at(zombie)->state == 'Z');
  CHECK(look_at(zombie)->arguments.empty());
  ::waitpid(zombie, nullptr, 0);
}

TEST_CASE("a process that is gone gives nothing, nowhere an error") {
  CHECK(!look_at(nobody));
  CHECK(threads_of(nobody).empty());
  CHECK(children_of(nobody).empty());
  CHECK(cgroups_of(nobody).empty());
  CHECK(namespace_of(nobody, "uts") == 0);
  CHECK(pids_inside(nobody).empty());
  CHECK(cpu_seconds(nobody) == 0);
  CHECK(status_field(nobody, "Name").empty());
  CHECK(executable_of(nobody) == FileId{});
}

TEST_CASE("threads are counted, CPU time grows") {
  CHECK(threads_of(::getpid()) == std::vector<pid_t>{::getpid()});
  const double before = cpu_seconds(::getpid());
  std::thread second([&] {
    CHECK(threads_of(::getpid()).size() == 2);
    while (cpu_seconds(::getpid()) < before + 0.01) continue;
  });
  second.join();
  CHECK(threads_of(::getpid()).size() == 1);
}

TEST_CASE("a field of status is found by its whole name") {
  CHECK(status_field(::getpid(), "Pid") == std::to_string(::getpid()));
  CHECK(status_field(::getpid(), "id").empty());
  CHECK(pids_inside(::getpid()).back() == ::getpid());
}

TEST_CASE("the groups of a process are those of /proc/PID/cgroup") {
  size_t lines = 0;
  const auto groups = cgroups_of(::getpid());
  for (const std::string& line : slipway::read_lines("/proc/self/cgroup")) {
    ++lines;
    const std::string rest = line.substr(line.find(':') + 1);
    const std::string controllers = rest.substr(0, rest.find(':'));
    REQUIRE(groups.contains(controllers));
    CHECK(groups.at(controllers) == rest.substr(rest.find(':') + 1));
  }
  CHECK(groups.size() == lines);
}

TEST_CASE("this process is in the folder that its tree names") {
  for (const Tree& tree : trees()) {
    const auto groups = cgroups_of(::getpid());
    REQUIRE(groups.contains(tree.name));
    const std::string folder = tree.folder(groups.at(tree.name));
    if (!slipway::exists(folder)) continue;  // above what this machine's mount shows
    const auto members = members_below(folder);
    CHECK(std::ranges::find(members, ::getpid()) != members.end());
  }
}

TEST_CASE("a tree's folder knows the top that its mount shows") {
  const Tree tree{1, "cpu", "/c", "/box", {"cpu"}};
  CHECK(tree.folder("/box") == "/c");
  CHECK(tree.folder("/box/a") == "/c/a");
  CHECK(tree.folder("/boxer") == "/c/boxer");
}

TEST_CASE("a number that is not there is nothing") {
  CHECK(!group_number("/nowhere/pids.max"));
  CHECK(!group_number("/proc/self/stat"));
  CHECK(group_number("/proc/sys/kernel/pid_max").value() > 0);
  CHECK(!group_number("/proc/meminfo", "NoSuchKey"));
  CHECK(members_below("/nowhere").empty());
}
