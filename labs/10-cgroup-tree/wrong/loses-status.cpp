// Wrong: it ends with 0 whatever became of the command.
#define main reference_main
#include "10-cgroup-tree/lab.cpp"
#undef main

int run_wrong(const std::string& name, const std::vector<std::string>& command) {
  run(name, command);
  return 0;
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    if (arguments.word("list or run") == "list") return list();
    const std::string name = arguments.word("NAME");
    return run_wrong(name, arguments.command());
  });
}
