// Wrong: lo gets an address, and stays down.
#define main reference_main
#include "25-network/lab.cpp"
#undef main

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Child child = start({.namespaces = CLONE_NEWNET}, [&] {
      Netlink kernel;
      ifaddrmsg address{};
      address.ifa_family = AF_INET;
      address.ifa_prefixlen = 8;
      address.ifa_index = 1;
      NetlinkMessage message(RTM_NEWADDR, address);
      message.add(IFA_LOCAL, std::string_view("\x7f\0\0\1", 4));
      kernel.change(message, "give lo its address", NLM_F_CREATE);
      keep_standard_descriptors();
      execute(command);
    });
    return signals.wait(child).status();
  });
}
