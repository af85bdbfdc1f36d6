// Wrong: takes the device that the node lies on, and not the one that it stands for.
#define main reference_main
#include "15-io-limit/lab.cpp"
#undef main

std::string number_below(const std::string& path) {
  device_number(path);  // it is one
  struct stat info;
  check(::stat(path.c_str(), &info), "look at {}", path);
  return fmt::format("{}:{}", major(info.st_dev), minor(info.st_dev));
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::string device = number_below(arguments.option("--device"));
    const std::int64_t bytes = frame::bytes(arguments.option("--write-bps"));
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Cgroup group(unique_name("io-limit"), {controller()});
    set_limit(group, device, bytes);
    warn(group);
    Child child = start(
        {.cgroup = group.birthplace()}, [&] { execute(command); },
        [&](pid_t pid) { group.join(pid); });
    return signals.wait(child).status();
  });
}
