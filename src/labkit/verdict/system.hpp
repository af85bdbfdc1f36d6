#pragma once

#include <string>
#include <vector>

#include "labkit/observe/place.hpp"
#include "labkit/verdict/conduct.hpp"
#include "labkit/verdict/trial.hpp"

/// What a container has of a system: /proc, /sys and /dev, and what of them it must not read or
/// write. For the labs whose program makes them.
namespace labkit {

/// A command, and what is asked of the paths that it sees.
struct Look {
  Trial& trial;
  pid_t pid;
  std::string by_hand;  ///< The program's call up to its command.

  /// What the command finds at a path; fails when nothing is there.
  SeenPlace at(const std::string& path) const;
  void expect(bool so, const std::string& path, const std::string& should, const std::string& saw,
              const std::string& cause = "") const;
};

/// Fails unless the six file systems are mounted, each its own, with their flags, and /proc shows
/// the command's own pid namespace.
void expect_system_mounts(const Look& look);

/// Of the paths in /proc and /sys that a container must not read (or write), those in which there
/// is something to be read (that can be written) outside, on this machine.
std::vector<std::string> paths_to_hide(Trial& trial);
std::vector<std::string> paths_to_protect(Trial& trial);

/// Fails unless the command reads nothing in them, nor in another proc.
void expect_hidden(const Look& look, const std::vector<std::string>& paths);

/// Fails unless they are mounted read-only, with all other flags of /proc.
void expect_read_only(const Look& look, const std::vector<std::string>& paths);

/// Fails unless all this holds against a command that tries to undo it, as it is and as root of a
/// user namespace of its own. What it tries is seen to work first, where nothing prevents it.
void expect_masks_hold(Trial& trial, const Conduct& conduct, const std::vector<std::string>& hidden,
                       const std::vector<std::string>& locked);

}  // namespace labkit
