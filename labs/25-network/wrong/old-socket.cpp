// Wrong: the socket to the kernel is older than the new network, and speaks of the old one.
#define main reference_main
#include "25-network/lab.cpp"
#undef main

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Netlink kernel;
    Child child = start({.namespaces = CLONE_NEWNET}, [&] {
      ifinfomsg change{};
      change.ifi_index = link_named(kernel, "lo").index;
      change.ifi_flags = IFF_UP;
      change.ifi_change = IFF_UP;
      kernel.change({RTM_NEWLINK, change}, "set the link lo up");
      keep_standard_descriptors();
      execute(command);
    });
    return signals.wait(child).status();
  });
}
