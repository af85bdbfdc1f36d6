// Right: the program itself enters the group and becomes the command; a watcher outside removes the
// group.
#define main reference_main
#include "15-io-limit/lab.cpp"
#undef main

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) -> int {
    const std::string device = device_number(arguments.option("--device"));
    const std::int64_t bytes = frame::bytes(arguments.option("--write-bps"));
    const std::vector<std::string> command = arguments.command();
    Cgroup group(unique_name("io-limit"), {controller()});
    set_limit(group, device, bytes);
    warn(group);
    const Descriptor self(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
    if (::fork() == 0) {
      ::setsid();
      for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::signal(number, SIG_IGN);
      pollfd ended{self.get(), POLLIN, 0};
      while (::poll(&ended, 1, -1) != 1) continue;
      group.remove();
      ::_exit(0);
    }
    group.join(::getpid());
    try {
      execute(command);
    } catch (const Error& error) {
      fmt::print(stderr, "io-limit: {}\n", error.what());
      ::_exit(error.exit_status());  // the group is the watcher's to remove
    }
  });
}
