// Right: no child. The old mount is taken away, and the new one made with fsopen(2) and its kin, in
// which a mount exists before it stands anywhere.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PRIVATE (1UL << 18)  // MS_PRIVATE and MNT_DETACH, whose header does not go with linux/mount.h
#define DETACH 2

static long must(long result, const char* what) {
  if (result != -1) return result;
  perror(what);
  exit(125);
}

int main(int argc, char** argv) {
  if (argc < 3 || strcmp(argv[1], "--") != 0) return 125;
  const struct mount_attr attributes = {.propagation = PRIVATE};
  must(unshare(CLONE_NEWNS), "begin a mount namespace");
  must(syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &attributes, sizeof attributes),
       "cut the mounts off");
  must(unshare(CLONE_NEWIPC), "begin an IPC namespace");
  const int context = (int)must(syscall(SYS_fsopen, "mqueue", FSOPEN_CLOEXEC), "fsopen");
  must(syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0), "fsconfig");
  const int queues = (int)must(syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID),
                               "fsmount");
  if (access("/dev/mqueue", F_OK) == 0) {
    syscall(SYS_umount2, "/dev/mqueue", DETACH);  // it may not be mounted at all
    must(syscall(SYS_move_mount, queues, "", AT_FDCWD, "/dev/mqueue", MOVE_MOUNT_F_EMPTY_PATH),
         "mount the queues on /dev/mqueue");
  }
  execvp(argv[2], argv + 2);
  const int code = errno;  // before perror(3) changes it
  perror(argv[2]);
  return code == ENOENT ? 127 : 126;
}
