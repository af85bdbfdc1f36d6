// Wrong: one disk is counted, and there are more.
#define main reference_main
#include "18-metering/lab.cpp"
#undef main

// Of the first disk that it used, and of no other.
Transfer transfer_of_one(const Cgroup& group) {
  const bool v1 = group.has("blkio");
  Transfer sum;
  std::string disk;
  for (const std::string& line :
       read_lines(group.file(v1 ? "blkio.throttle.io_service_bytes_recursive" : "io.stat"))) {
    const std::vector<std::string> words = split(line, ' ');
    if (words.size() < 3 || (v1 && words[2] == "0")) continue;
    if (disk.empty()) disk = words[0];
    if (words[0] != disk) continue;
    if (words[1] == "Read") sum.read += to_number(words[2]);
    if (words[1] == "Write") sum.written += to_number(words[2]);
    if (words[1].starts_with("rbytes=")) sum.read += to_number(words[1].substr(7));
    if (words[2].starts_with("wbytes=")) sum.written += to_number(words[2].substr(7));
  }
  return sum;
}

void report_wrongly(const Cgroup& group) {
  const CpuTime cpu = cpu_time(group);
  const Transfer io = transfer_of_one(group);
  fmt::print(stderr, "cpu user: {:.3f} s\ncpu system: {:.3f} s\n", cpu.user, cpu.system);
  fmt::print(stderr, "memory peak: {} bytes\n", memory_peak(group));
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
