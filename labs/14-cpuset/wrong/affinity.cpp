// Wrong: a wish instead of a wall; the group is for show.
#define main reference_main
#include "14-cpuset/lab.cpp"
#undef main

#include <sched.h>

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
    Signals signals;
    Cgroup group(unique_name("cpuset"), {"cpuset"});
    Child child = start(
        {.cgroup = group.birthplace()},
        [&] {
          check(::sched_setaffinity(0, sizeof mask, &mask), "set the affinity");
          execute(command);
        },
        [&](pid_t pid) { group.join(pid); });
    return signals.wait(child).status();
  });
}
