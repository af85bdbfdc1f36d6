#pragma once

/// System calls that a program is not given.
namespace labkit {

/// For the rest of its life, with all that it starts, the caller gets EPERM for what leads out of
/// the other fences with CAP_SYS_ADMIN in the initial user namespace: new mounts, tracing, the
/// memory of others, what freezes file systems, clocks, and of bpf(2) all that a program for a
/// control group does not need. Throws slipway::Error; needs that capability itself. seccomp(2).
void refuse_ways_out();

}  // namespace labkit
