#include "slipway/signals.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "slipway/error.hpp"

namespace slipway {

Signals::Signals() {
  sigset_t passed_on;
  sigemptyset(&passed_on);
  for (int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM}) sigaddset(&passed_on, number);
  arrivals_ = Descriptor(check(::signalfd(-1, &passed_on, SFD_CLOEXEC), "make a signalfd"));
  check(::sigprocmask(SIG_BLOCK, &passed_on, &before_), "block the signals to pass on");
}

Signals::~Signals() {
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

Exit Signals::wait(Child& child, int instead) {
  return wait(child, [&](int number) { child.signal(instead != 0 ? instead : number); });
}

Exit Signals::wait(Child& child, const std::function<void(int)>& arrived) {
  for (;;) {
    pollfd events[] = {{child.pidfd().get(), POLLIN, 0}, {arrivals_.get(), POLLIN, 0}};
    const int ready = ::poll(events, 2, -1);
    if (ready == -1 && errno == EINTR) continue;
    check(ready, "wait for process {}", child.pid());
    if (events[0].revents != 0) return child.wait();
    signalfd_siginfo info;
    if (::read(arrivals_.get(), &info, sizeof info) == sizeof info)
      arrived(static_cast<int>(info.ssi_signo));
  }
}

}  // namespace slipway
