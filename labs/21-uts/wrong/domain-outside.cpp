// Wrong: the domain name is set in the parent, which is still outside.

#include <sched.h>
#include <unistd.h>

#include "frame/frame.hpp"
#include "slipway/error.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

int run(const std::string& host, const std::string& domain,
        const std::vector<std::string>& command) {
  Signals signals;
  check(::setdomainname(domain.data(), domain.size()), "set the domain name");
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
