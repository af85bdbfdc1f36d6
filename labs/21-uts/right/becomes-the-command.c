// Right: no child at all. This process moves into a new namespace, sets the names, and becomes the
// command; the options may come in any order.
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void must(int result, const char* what) {
  if (result != -1) return;
  perror(what);
  exit(125);
}

int main(int argc, char** argv) {
  static const struct option options[] = {
      {"hostname", required_argument, NULL, 'h'},
      {"domainname", required_argument, NULL, 'd'},
      {NULL, 0, NULL, 0},
  };
  const char *host = NULL, *domain = NULL;
  for (int option; (option = getopt_long(argc, argv, "+", options, NULL)) != -1;) {
    if (option == 'h') host = optarg;
    if (option == 'd') domain = optarg;
    if (option == '?') return 125;
  }
  if (host == NULL || domain == NULL || optind == argc) return 125;
  must(unshare(CLONE_NEWUTS), "begin a UTS namespace");
  must(setdomainname(domain, strlen(domain)), "set the domain name");
  must(sethostname(host, strlen(host)), "set the host name");
  execvp(argv[optind], argv + optind);
  const int code = errno;  // before perror(3) changes it
  perror(argv[optind]);
  return code == ENOENT ? 127 : 126;
}
