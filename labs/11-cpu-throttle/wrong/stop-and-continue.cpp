// Wrong: the command is stopped and continued by turns.
#define main reference_main
#include <algorithm>

#include "11-cpu-throttle/lab.cpp"
#undef main

#include <signal.h>
#include <unistd.h>

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const Limit limit = parse_cpus(arguments.option("--cpus"));
    const std::vector<std::string> command = arguments.command();
    Child child = start({}, [&] { execute(command); });
    for (;;) {
      if (auto exit = child.wait_for(static_cast<int>(limit.quota / 1000))) return exit->status();
      child.signal(SIGSTOP);
      ::usleep(static_cast<useconds_t>(std::max(std::int64_t{0}, limit.period - limit.quota)));
      child.signal(SIGCONT);
    }
  });
}
