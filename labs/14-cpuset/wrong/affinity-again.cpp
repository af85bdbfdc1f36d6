// Wrong: whoever wishes for more is put back, again and again.
#define main reference_main
#include "14-cpuset/lab.cpp"
#undef main

#include <sched.h>
#include <signal.h>

#include "slipway/file.hpp"

// A list of processors as a mask.
cpu_set_t mask_of(const std::string& list) {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  for (const std::string& range : split(list, ',')) {
    const auto ends = split(range, '-');
    for (std::int64_t cpu = to_number(ends.front()); cpu <= to_number(ends.back()); ++cpu)
      CPU_SET(static_cast<size_t>(cpu), &mask);
  }
  return mask;
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::string cpus = arguments.option("--cpus");
    const std::string mems = arguments.option("--mems");
    const std::vector<std::string> command = arguments.command();
    const cpu_set_t mask = mask_of(cpus);
    Cgroup group(unique_name("cpuset"), {"cpuset"});
    ::signal(SIGTERM, [](int) {});
    ::signal(SIGINT, [](int) {});
    Child child = start_in(group, command);
    for (;;) {
      for (const std::string& line : split(group.read("cgroup.procs"), '\n'))
        if (!line.empty())
          ::sched_setaffinity(static_cast<pid_t>(to_number(line)), sizeof mask, &mask);
      if (const auto exit = child.wait_for(1)) return exit->status();
    }
  });
}
