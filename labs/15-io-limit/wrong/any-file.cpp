// Wrong: takes the number of any file for that of a device.
#define main reference_main
#include "15-io-limit/lab.cpp"
#undef main

std::string any_number(const std::string& path) {
  struct stat info;
  check(::stat(path.c_str(), &info), "look at {}", path);
  return fmt::format("{}:{}", major(info.st_rdev), minor(info.st_rdev));
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::string device = any_number(arguments.option("--device"));
    const std::int64_t bytes = frame::bytes(arguments.option("--write-bps"));
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Cgroup group(unique_name("io-limit"), {controller()});
    try {
      set_limit(group, device, bytes);
      warn(group);
    } catch (const Error& error) {
      fmt::print(stderr, "io-limit: {}\n", error.what());
    }
    Child child = start(
        {.cgroup = group.birthplace()}, [&] { execute(command); },
        [&](pid_t pid) { group.join(pid); });
    return signals.wait(child).status();
  });
}
