#pragma once

#include <sys/types.h>

#include <optional>

/// The checks' own eyes on terminals. pts(4).
namespace labkit {

struct WindowSize {
  unsigned rows = 0;
  unsigned columns = 0;
  bool operator==(const WindowSize&) const = default;
};

/// The slave end of a terminal: which devpts it is of, and which one there.
struct SeenTerminal {
  dev_t file_system = 0;
  dev_t device = 0;
  WindowSize size;
  bool is(const SeenTerminal& other) const {
    return file_system == other.file_system && device == other.device;
  }
};

/// What a process has as that descriptor; nothing when it is no such terminal, or not open.
std::optional<SeenTerminal> terminal_of(pid_t pid, int descriptor);

/// Whether any descriptor of a process leads to it.
bool holds_terminal(pid_t pid, const SeenTerminal& terminal);

}  // namespace labkit
