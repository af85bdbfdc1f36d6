// Wrong: the group above is frozen, and with it all groups below.
#define main reference_main
#include "16-freezer/lab.cpp"
#undef main

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::string action = arguments.word("run, pause or resume");
    const std::string name = arguments.word("NAME");
    if (action == "run") return run(name, arguments.command());
    Group group = find_group(name);
    group.folder = group.folder.substr(0, group.folder.rfind('/'));
    set_frozen(group, action == "pause");
    if (action == "pause") wait_until_frozen(group);
    return 0;
  });
}
