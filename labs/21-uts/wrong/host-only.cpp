// Wrong: there are two names, and one of them is forgotten.

#include <sched.h>
#include <unistd.h>

#include "frame/frame.hpp"
#include "slipway/error.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

int run(const std::string& host, const std::string&, const std::vector<std::string>& command) {
  Signals signals;
  Child child = start({.namespaces = CLONE_NEWUTS}, [&] {
    check(::sethostname(host.data(), host.size()), "set the host name");
    execute(command);
  });
  return signals.wait(child).status();
}
int main(int argc, char** argv) {
  return frame::run(argc, argv, "uts --hostname NAME --domainname NAME -- COMMAND...",
                    [](frame::Arguments& words) {
                      const std::string host = words.option("--hostname");
                      const std::string domain = words.option("--domainname");
                      return run(host, domain, words.command());
                    });
}
