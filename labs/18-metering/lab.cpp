// metering: runs a command, and says on standard error what it cost, with all that it started.
// The lesson is lessons/18-metering.md.

#include <errno.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <vector>

#include "frame/frame.hpp"
#include "slipway/cgroup.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

constexpr char usage[] = "metering -- COMMAND...";

//! [given]
// The controllers that count, by the names that they have here: v1 has "cpuacct" and "blkio" for
// what v2 calls "cpu" and "io".
std::vector<std::string> controllers() {
  std::vector<std::string> names = {"cpu", "io", "memory", "pids"};
  for (const Hierarchy& hierarchy : hierarchies()) {
    if (hierarchy.has("cpuacct")) names[0] = "cpuacct";
    if (hierarchy.has("blkio")) names[1] = "blkio";
  }
  return names;
}

struct CpuTime {
  double user = 0;  // seconds
  double system = 0;
};

struct Transfer {
  std::int64_t read = 0;  // bytes, from and to all disks together
  std::int64_t written = 0;
};

// v1 counts the bytes of a disk only where there is a rule for it. So it gets one that forbids
// nothing.
void count_all_disks(const Cgroup& group) {
  for (const std::string& disk : list_folder("/sys/block")) {
    try {
      std::string number = read_file("/sys/block/" + disk + "/dev");  // "8:0\n"
      number.back() = ' ';
      for (const char* file : {"blkio.throttle.read_bps_device", "blkio.throttle.write_bps_device"})
        group.write(file, number + "9223372036854775807");
    } catch (const Error& error) {  // a disk may have gone meanwhile
      if (error.code() != ENOENT && error.code() != ENODEV && error.code() != ENXIO) throw;
    }
  }
}
//! [given]

// Step 1. The CPU time that the group has used.
CpuTime cpu_time([[maybe_unused]] const Cgroup& group) {
  //! [cpu]
  if (group.has("cpuacct")) {
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));  // so many are a second
    return {static_cast<double>(group.keyed("cpuacct.stat", "user")) / ticks,
            static_cast<double>(group.keyed("cpuacct.stat", "system")) / ticks};
  }
  return {static_cast<double>(group.keyed("cpu.stat", "user_usec")) / 1e6,
          static_cast<double>(group.keyed("cpu.stat", "system_usec")) / 1e6};
  //! [cpu]
}

// Step 2. The most memory, in bytes, that it ever had at one moment.
std::int64_t memory_peak([[maybe_unused]] const Cgroup& group) {
  //! [memory]
  return group.number(group.version("memory") == 2 ? "memory.peak" : "memory.max_usage_in_bytes");
  //! [memory]
}

// Step 3. What it read from disks and wrote to them.
Transfer transfer([[maybe_unused]] const Cgroup& group) {
  //! [io]
  const bool v1 = group.has("blkio");
  const std::string file = v1 ? "blkio.throttle.io_service_bytes_recursive" : "io.stat";
  Transfer sum;
  for (const std::string& line : read_lines(group.file(file))) {
    const std::vector<std::string> words = split(line, ' ');
    if (v1 && words.size() == 3) {  // 8:0 Read 4096
      if (words[1] == "Read") sum.read += to_number(words[2]);
      if (words[1] == "Write") sum.written += to_number(words[2]);
    }
    for (const std::string& word : words) {  // 8:0 rbytes=4096 wbytes=0 rios=1 ...
      if (word.starts_with("rbytes=")) sum.read += to_number(word.substr(7));
      if (word.starts_with("wbytes=")) sum.written += to_number(word.substr(7));
    }
  }
  return sum;
  //! [io]
}

// Step 4. How many processes it had at most at one moment.
std::int64_t most_processes([[maybe_unused]] const Cgroup& group) {
  //! [processes]
  return group.number("pids.peak");
  //! [processes]
}

//! [run]
void report(const Cgroup& group) {
  const CpuTime cpu = cpu_time(group);
  const Transfer io = transfer(group);
  fmt::print(stderr, "cpu user: {:.3f} s\ncpu system: {:.3f} s\n", cpu.user, cpu.system);
  fmt::print(stderr, "memory peak: {} bytes\n", memory_peak(group));
  fmt::print(stderr, "io read: {} bytes\nio written: {} bytes\n", io.read, io.written);
  fmt::print(stderr, "processes at most: {}\n", most_processes(group));
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::vector<std::string> command = arguments.command();
    Signals signals;  // from here on SIGTERM ends the command, and we live to tell and to clean up
    const Cgroup group(unique_name("metering"), controllers());
    if (group.has("blkio")) count_all_disks(group);
    Child child = start(
        {.cgroup = group.birthplace()}, [&] { execute(command); },
        [&](pid_t pid) { group.join(pid); });
    const int status = signals.wait(child).status();
    report(group);
    return status;
  });
}
//! [run]
