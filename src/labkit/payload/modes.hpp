#pragma once

#include <sys/types.h>

/// What the payload's files share: a few helpers, and the modes, by the file that each stands in. A
/// mode gets the words behind its name, the last of them the token.
namespace payload {

inline constexpr long page = 4096;  ///< Bytes.

[[noreturn]] void hold();
void* hold_thread(void*);  ///< The same, for pthread_create(3).
[[noreturn]] void spin();

/// A child of ours, which ends with us.
pid_t fork_bound();

/// Makes a child that does nothing, for the check to see that we have come so far.
void tell();
[[noreturn]] void tell_and_hold();

// processes.cpp
int tree(char** words);
int leave_daemon(char** words);
int leave_orphans(char** words);
int busy(char** words);
int family(char** words);
int clan(char** words);
int churn(char** words);
int crowd(char** words);
int bomb(char** words);
int start_threads(char** words);
int widen(char** words);

// work.cpp
int toil(char** words);
int be_absorbed(char** words);
int burn(char** words);
int transfer(char** words);

// memory.cpp
int fill_memory(char** words);
int fill_memory_in_child(char** words);
int fill_memory_in_children(char** words);
int fill_memory_and_leave(char** words);
int reserve(char** words);
int fill_cache(char** words);

// disks.cpp
int write_direct(char** words);
int write_cached(char** words);

// sight.cpp
int tell_names(char** words);
int change_and_end(char** words);
int change_and_hold(char** words);
int make_queues(char** words);
int talk(char** words);
int grow_root(char** words);

// escape.cpp
int break_out(char** words);
int break_out_of_cage(char** words);
int plant_link(char** words);

// masks.cpp
int open_masks(char** words);
int open_masks_of_cage(char** words);
int open_devices(char** words);

// layers.cpp
int make_layers(char** words);
int change_merged(char** words);

// namespaces.cpp
int zoo(char** words);
int vanish(char** words);
int keep(char** words);
int target(char** words);
int has_double(char** words);

}  // namespace payload
