#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "slipway/cgroup.hpp"
#include "slipway/process.hpp"

/// What the kernel tests share. Everything that a test starts dies with it (start() sees to that),
/// and groups are named so that the next run finds and removes those of a test that was killed.
namespace machine {

/// A new name for a group: ktest-PID-BIRTH-NUMBER. The first call removes the groups of tests that
/// are no longer alive.
std::string group_name();

/// True as soon as `condition` is, false when it is not so within 20 seconds.
bool eventually(const std::function<bool()>& condition);

/// Whether a process is there and no zombie.
bool is_alive(pid_t pid);

/// A process of which this test is the parent, which it has not waited for.
bool has_child(pid_t pid);

/// A child that does nothing until it is ended.
slipway::Child start_sleeper(const slipway::Birth& birth = {});

/// A fork of this test that runs `act` and ends with the status it returns (99: it threw); dies
/// with the test.
pid_t fork_to(const std::function<int()>& act);

/// How such a fork ended: its status, or 128 + the signal.
int status_of(pid_t child);

/// Runs a shell line and gives its status.
int shell(const std::string& line);

/// The controllers of this machine that the tests may use: one on each version that it has.
bool has_controller(std::string_view name);

/// One of v2 that can be handed down, or "".
std::string controller_of_v2();

}  // namespace machine
