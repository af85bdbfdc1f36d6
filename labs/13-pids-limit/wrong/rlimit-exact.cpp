// Wrong: a limit on the user's processes that is made to fit, with a group's limit above it for
// show.
#define main reference_main
#include "13-pids-limit/lab.cpp"
#undef main

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

// All tasks of this user, the ones that RLIMIT_NPROC counts.
rlim_t tasks_of_user() {
  rlim_t count = 0;
  for (const std::string& name : list_folder("/proc")) {
    if (name == "1") continue;  // init is root's own, whatever its user looks like in here
    struct stat info;
    const std::string tasks = "/proc/" + name + "/task";
    if (::stat(tasks.c_str(), &info) == 0 && info.st_uid == ::getuid())
      count += list_folder(tasks).size();
  }
  return count;
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::int64_t most = parse_max(arguments.option("--max"));
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Cgroup group(unique_name("pids-limit"), {"pids"});
    set_limit(group, most + 100);
    Child child = start(
        {.cgroup = group.birthplace()},
        [&] {
          const rlim_t all = tasks_of_user() - 1 + static_cast<rlim_t>(most);
          const rlimit both{all, all};
          check(::setrlimit(RLIMIT_NPROC, &both), "set the limit");
          execute(command);
        },
        [&](pid_t pid) { group.join(pid); });
    const int status = signals.wait(child).status();
    group.write("pids.max", "0");
    return status;
  });
}
