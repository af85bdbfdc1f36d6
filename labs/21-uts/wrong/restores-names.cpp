// Wrong: sets the names of the whole machine, and puts the old ones back in the end.

#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "frame/frame.hpp"
#include "slipway/error.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

int run(const std::string& host, const std::string& domain,
        const std::vector<std::string>& command) {
  Signals signals;
  char old_host[65] = {}, old_domain[65] = {};
  check(::gethostname(old_host, sizeof old_host), "read the host name");
  check(::getdomainname(old_domain, sizeof old_domain), "read the domain name");
  check(::sethostname(host.data(), host.size()), "set the host name");
  check(::setdomainname(domain.data(), domain.size()), "set the domain name");
  Child child = start({}, [&] { execute(command); });
  const int status = signals.wait(child).status();
  check(::sethostname(old_host, strlen(old_host)), "put the host name back");
  check(::setdomainname(old_domain, strlen(old_domain)), "put the domain name back");
  return status;
}
int main(int argc, char** argv) {
  return frame::run(argc, argv, "uts --hostname NAME --domainname NAME -- COMMAND...",
                    [](frame::Arguments& words) {
                      const std::string host = words.option("--hostname");
                      const std::string domain = words.option("--domainname");
                      return run(host, domain, words.command());
                    });
}
