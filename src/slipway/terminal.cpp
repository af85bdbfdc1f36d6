#include "slipway/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "slipway/error.hpp"
#include "slipway/root.hpp"

namespace slipway {
namespace {

void copy_size(int from, int to) {
  winsize size{};
  if (::ioctl(from, TIOCGWINSZ, &size) == 0) ::ioctl(to, TIOCSWINSZ, &size);
}

// What the relay hears of: a new size; and what would end it, since it must outlive the command
// (SIGPIPE: whoever read what it shows has gone).
Descriptor listen() {
  sigset_t awaited;
  sigemptyset(&awaited);
  for (int number : {SIGWINCH, SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM})
    sigaddset(&awaited, number);
  check(::sigprocmask(SIG_BLOCK, &awaited, nullptr), "hold the signals back");
  return Descriptor(check(::signalfd(-1, &awaited, SFD_CLOEXEC), "make a signalfd"));
}

// Some bytes on their way from one descriptor to another.
class Bytes {
 public:
  bool empty() const { return sent_ == length_; }

  // False at the end of file, or of the terminal (EIO).
  bool read_from(int from) {
    const ssize_t count = ::read(from, buffer_, sizeof buffer_);
    sent_ = 0;
    length_ = count > 0 ? static_cast<size_t>(count) : 0;
    return count > 0 || (count == -1 && (errno == EAGAIN || errno == EINTR));
  }

  // As many as it takes now; false when it takes no more at all.
  bool write_to(int to) {
    const ssize_t count = ::write(to, buffer_ + sent_, length_ - sent_);
    if (count > 0) sent_ += static_cast<size_t>(count);
    return count >= 0 || errno == EAGAIN || errno == EINTR;
  }

 private:
  char buffer_[4096];
  size_t sent_ = 0, length_ = 0;
};

}  // namespace

Terminal make_terminal(const std::string& root, int like) {
  Descriptor master = open_in_root(root, "/dev/pts/ptmx", O_RDWR | O_NOCTTY);
  int locked = 0;
  check(::ioctl(master.get(), TIOCSPTLCK, &locked), "unlock the terminal");
  Descriptor slave(check(::ioctl(master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC),
                         "open the terminal"));
  copy_size(like, master.get());
  return {std::move(master), std::move(slave)};
}

void stand_on(const Descriptor& terminal) {
  for (int number : {0, 1, 2})
    if (number != 2 || ::isatty(2) == 1)
      check(::dup2(terminal.get(), number), "make the terminal descriptor {}", number);
}

void move_to_terminal(const Descriptor& console) {
  const Terminal terminal = make_terminal("/", 0);
  send_descriptor(console, terminal.master);
  stand_on(terminal.slave);
}

void take_terminal() {
  check(::setsid(), "begin a session");
  check(::ioctl(0, TIOCSCTTY, 0), "make the terminal the session's");
}

RawMode::RawMode() {
  check(::tcgetattr(0, &before_), "read the mode of the terminal");
  termios raw = before_;
  ::cfmakeraw(&raw);
  check(::tcsetattr(0, TCSANOW, &raw), "make the terminal raw");
}

RawMode::~RawMode() {
  ::tcsetattr(0, TCSADRAIN, &before_);
}

Child start_relay(const Descriptor& console) {
  const Descriptor master = receive_descriptor(console);
  return start({}, [&] {
    begun();
    relay(master);
  });
}

void relay(const Descriptor& master) {
  const Descriptor signals = listen();
  const int flags = check(::fcntl(master.get(), F_GETFL), "read the flags of the terminal");
  // A program that does not read what is typed must not keep us from reading what it writes.
  check(::fcntl(master.get(), F_SETFL, flags | O_NONBLOCK), "make the terminal non-blocking");
  copy_size(0, master.get());  // it may have changed before we listened
  Bytes typed, shown;
  bool typing = true, showing = true;
  for (;;) {
    const short to_master = static_cast<short>(POLLIN | (typed.empty() ? 0 : POLLOUT));
    pollfd events[] = {{typing && typed.empty() ? 0 : -1, POLLIN, 0},
                       {master.get(), to_master, 0},
                       {signals.get(), POLLIN, 0}};
    const int ready = ::poll(events, 3, -1);
    if (ready == -1 && errno == EINTR) continue;
    check(ready, "wait for the terminal");
    if (events[0].revents != 0) typing = typed.read_from(0);
    if (!typed.empty() && !typed.write_to(master.get())) typed = {};
    if ((events[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
      if (!shown.read_from(master.get())) return;
      while (showing && !shown.empty()) {  // if it takes no more at all, the command still goes on
        pollfd room{1, POLLOUT, 0};
        ::poll(&room, 1, -1);
        showing = shown.write_to(1);
      }
    }
    signalfd_siginfo info;
    if (events[2].revents != 0 && ::read(signals.get(), &info, sizeof info) == sizeof info)
      copy_size(0, master.get());
  }
}

}  // namespace slipway
