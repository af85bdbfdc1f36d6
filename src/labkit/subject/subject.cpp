#include "labkit/subject/subject.hpp"

#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

namespace labkit {
namespace {

constexpr size_t kept_bytes = 256 * 1024;  // of each stream; what comes after is read and dropped
constexpr size_t read_at_once = 1024 * 1024;  // so that a flood cannot hold the checker here

}  // namespace

Subject::Subject(slipway::Child process, slipway::Descriptor output, slipway::Descriptor errors)
    : process_(std::move(process)),
      output_{std::move(output), ""},
      errors_{std::move(errors), ""} {}

void Subject::Stream::drain() {
  char buffer[16 * 1024];
  for (size_t total = 0; from && total < read_at_once;) {
    const ssize_t count = ::read(from.get(), buffer, sizeof buffer);
    if (count == 0 || (count == -1 && errno == EIO)) from.close();  // EIO: it was a terminal
    if (count <= 0) return;
    total += static_cast<size_t>(count);
    text.append(buffer, std::min(static_cast<size_t>(count), kept_bytes - text.size()));
  }
}

void Subject::drain() {
  output_.drain();
  errors_.drain();
}

void Subject::type(const std::string& text) const {
  slipway::write_all(output_.from, text);
}

std::optional<slipway::Exit> Subject::wait(double seconds) {
  const double end = now() + seconds;
  for (;;) {
    drain();
    const auto exit = process_.wait_for(0);
    if (exit) drain();
    const double left = end - now();
    if (exit || left <= 0) return exit;
    pollfd events[] = {{process_.pidfd().get(), POLLIN, 0},
                       {output_.from.get(), POLLIN, 0},
                       {errors_.from.get(), POLLIN, 0}};
    ::poll(events, 3, static_cast<int>(std::min(left, 1.0) * 1000) + 1);
  }
}

double now() {
  timespec time;
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

}  // namespace labkit
