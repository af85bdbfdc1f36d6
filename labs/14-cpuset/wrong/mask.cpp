// Wrong: a mask of bits where the kernel wants a list.
#define main reference_main
#include "14-cpuset/lab.cpp"
#undef main

#include "slipway/file.hpp"

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::string cpus = arguments.option("--cpus");
    const std::string mems = arguments.option("--mems");
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Cgroup group(unique_name("cpuset"), {"cpuset"}, Cpuset::empty);
    std::uint64_t mask = 0;
    for (const std::string& cpu : split(cpus, ',')) mask |= 1ULL << to_number(cpu);
    set_lists(group, fmt::format("{:x}", mask), mems);
    Child child = start_in(group, command);
    return signals.wait(child).status();
  });
}
