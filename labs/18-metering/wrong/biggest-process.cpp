// Wrong: the peak of the biggest process, and not of all together.
#define main reference_main
#include "18-metering/lab.cpp"
#undef main

#include <sys/resource.h>

void report_wrongly(const Cgroup& group) {
  const CpuTime cpu = cpu_time(group);
  const Transfer io = transfer(group);
  rusage used;
  ::getrusage(RUSAGE_CHILDREN, &used);
  fmt::print(stderr, "cpu user: {:.3f} s\ncpu system: {:.3f} s\n", cpu.user, cpu.system);
  fmt::print(stderr, "memory peak: {} bytes\n", used.ru_maxrss * 1024);
  fmt::print(stderr, "io read: {} bytes\nio written: {} bytes\n", io.read, io.written);
  fmt::print(stderr, "processes at most: {}\n", most_processes(group));
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    const Cgroup group(unique_name("metering"), controllers());
    if (group.has("blkio")) count_all_disks(group);
    Child child = start(
        {.cgroup = group.birthplace()}, [&] { execute(command); },
        [&](pid_t pid) { group.join(pid); });
    const int status = signals.wait(child).status();
    report_wrongly(group);
    return status;
  });
}
