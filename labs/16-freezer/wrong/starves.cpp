// Wrong: the command gets next to no CPU time, and is called paused.
#define main reference_main
#include "16-freezer/lab.cpp"
#undef main

int run_with_quota(const std::string& name, const std::vector<std::string>& command) {
  Signals signals;
  const Cgroup cgroup(name, {"cpu"});
  Child child = start(
      {.cgroup = cgroup.birthplace()}, [&] { execute(command); },
      [&](pid_t pid) { cgroup.join(pid); });
  return signals.wait(child).status();
}

int set_quota(const std::string& name, bool starve) {
  const std::vector<Hierarchy> all = hierarchies();
  const Hierarchy* place = find_hierarchy(all, "cpu");
  const std::string folder = fmt::format("{}/slipway/{}", place->mount, name);
  if (place->version == 2)
    write_file(folder + "/cpu.max", starve ? "5000 100000" : "max 100000");
  else
    write_file(folder + "/cpu.cfs_quota_us", starve ? "5000" : "-1");
  return 0;
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::string action = arguments.word("run, pause or resume");
    const std::string name = arguments.word("NAME");
    if (action == "run") return run_with_quota(name, arguments.command());
    return set_quota(name, action == "pause");
  });
}
