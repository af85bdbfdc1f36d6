// Right: the child is born in its namespace, by clone3(2), and only sets the names.

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
  Child child = start({.namespaces = CLONE_NEWUTS}, [&] {
    check(::setdomainname(domain.data(), domain.size()), "set the domain name");
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
