// Wrong: pause writes the file and is done.
#define main reference_main
#include "16-freezer/lab.cpp"
#undef main

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::string action = arguments.word("run, pause or resume");
    const std::string name = arguments.word("NAME");
    if (action == "run") return run(name, arguments.command());
    set_frozen(find_group(name), action == "pause");
    return 0;
  });
}
