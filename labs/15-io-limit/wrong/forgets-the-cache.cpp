// Wrong: tries the device by a write of its own, after which what the cache holds of it counts as
// its own (v2); and says nothing where such writes are not limited at all (v1).
#define main reference_main
#include "15-io-limit/lab.cpp"
#undef main

#include <fcntl.h>
#include <unistd.h>

void try_to_write(const std::string& path) {
  const Descriptor device(check(::open(path.c_str(), O_RDWR | O_CLOEXEC), "open {}", path));
  char first[512];
  check(::pread(device.get(), first, sizeof first, 0), "read {}", path);
  check(::pwrite(device.get(), first, sizeof first, 0), "write {}", path);
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::string path = arguments.option("--device");
    const std::string device = device_number(path);
    try_to_write(path);
    const std::int64_t bytes = frame::bytes(arguments.option("--write-bps"));
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    const Cgroup group(unique_name("io-limit"), {controller()});
    set_limit(group, device, bytes);
    Child child = start(
        {.cgroup = group.birthplace()}, [&] { execute(command); },
        [&](pid_t pid) { group.join(pid); });
    return signals.wait(child).status();
  });
}
