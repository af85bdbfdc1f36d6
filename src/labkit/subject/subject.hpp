#pragma once

#include <optional>
#include <string>

#include "slipway/process.hpp"

namespace labkit {

/// A program under check while it runs in its sandbox: the checker's own child, so that the kernel
/// itself says how it ended. What it prints is kept, up to a bound, and proves nothing.
class Subject {
 public:
  Subject(slipway::Child process, slipway::Descriptor output, slipway::Descriptor errors);

  pid_t pid() const { return process_.pid(); }  ///< As seen from outside.

  /// How it ended, or nothing when it still runs after `seconds`. Reads what it prints meanwhile,
  /// so that it is never blocked by a full pipe.
  std::optional<slipway::Exit> wait(double seconds);

  void signal(int number) const { process_.signal(number); }

  const std::string& output() const { return output_.text; }
  const std::string& errors() const { return errors_.text; }

  /// Reads what has been printed so far, without waiting.
  void drain();

  /// Types on its terminal, if it has one (RunAs::terminal). Throws slipway::Error.
  void type(const std::string& text) const;
  const slipway::Descriptor& terminal() const { return output_.from; }  ///< The master end.

 private:
  struct Stream {
    slipway::Descriptor from;
    std::string text;
    void drain();
  };

  slipway::Child process_;
  Stream output_;
  Stream errors_;
};

/// Seconds on a clock that nobody sets.
double now();

}  // namespace labkit
