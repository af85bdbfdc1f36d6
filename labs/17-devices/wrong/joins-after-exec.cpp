// Wrong: moves the command into the group after it has started.
#define main reference_main
#include "17-devices/lab.cpp"
#undef main

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    std::vector<std::string> texts;
    std::vector<Rule> rules;
    while (const auto text = arguments.optional("--allow"))
      texts.push_back(*text), rules.push_back(parse_rule(*text));
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Cgroup group(unique_name("devices"), {"devices"});
    if (group.version("devices") == 1)
      write_lists(group, texts);
    else
      attach(group.birthplace(), assemble(rules));
    Child child = start({}, [&] { execute(command); });
    ::usleep(100'000);  // on a busy machine nobody has to wait for this
    group.join(child.pid());
    return signals.wait(child).status();
  });
}
