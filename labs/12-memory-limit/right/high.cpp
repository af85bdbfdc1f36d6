// Another right way: the kernel is asked to reclaim a little below the limit, too, and the child is
// forked by hand and stopped until it is in the group.

#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "frame/frame.hpp"
#include "slipway/cgroup.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

using namespace slipway;

namespace {

volatile sig_atomic_t the_command = 0;

void pass_on(int number) {
  if (the_command > 0) ::kill(the_command, number);
}

void set_limits(const Cgroup& group, std::int64_t bytes) {
  const std::string limit = fmt::format("{}", bytes);
  const std::string early = fmt::format("{}", bytes - (256 << 10));
  if (group.version("memory") == 2) {
    if (exists(group.file("memory.swap.max"))) group.write("memory.swap.max", "0");
    group.write("memory.high", early);
    group.write("memory.max", limit);
    return;
  }
  group.write("memory.soft_limit_in_bytes", early);
  group.write("memory.limit_in_bytes", limit);
  if (exists(group.file("memory.memsw.limit_in_bytes")))
    group.write("memory.memsw.limit_in_bytes", limit);
}

[[noreturn]] void become(const std::vector<std::string>& command) {
  ::raise(SIGSTOP);
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  ::execvp(argv[0], argv.data());
  const int status = errno == ENOENT ? 127 : 126;
  ::perror(argv[0]);
  ::_exit(status);
}

int run(std::int64_t bytes, const std::vector<std::string>& command) {
  const Cgroup group(unique_name("limited"), {"memory"});
  set_limits(group, bytes);
  for (const int number : {SIGTERM, SIGINT}) ::signal(number, pass_on);
  const pid_t pid = check(::fork(), "fork");
  if (pid == 0) {
    for (const int number : {SIGTERM, SIGINT}) ::signal(number, SIG_DFL);
    become(command);
  }
  int status = 0;
  ::waitpid(pid, &status, WUNTRACED);
  group.join(pid);
  the_command = pid;
  ::kill(pid, SIGCONT);
  while (::waitpid(pid, &status, 0) == -1 && errno == EINTR) continue;
  if (!WIFSIGNALED(status)) return WEXITSTATUS(status);
  const char* events = group.version("memory") == 2 ? "memory.events" : "memory.oom_control";
  if (WTERMSIG(status) == SIGKILL && group.keyed(events, "oom_kill") != 0)
    fmt::print(stderr, "Out of memory: {} bytes are all there is\n", bytes);
  return 128 + WTERMSIG(status);
}

}  // namespace

int main(int argc, char** argv) {
  return frame::run(argc, argv, "memory-limit --max BYTES -- COMMAND...",
                    [](frame::Arguments& arguments) {
                      const std::int64_t bytes = frame::bytes(arguments.option("--max"));
                      return run(bytes, arguments.command());
                    });
}
