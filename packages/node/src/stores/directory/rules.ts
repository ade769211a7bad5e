//! Which directories are taken: one that belongs to us or to root and that nobody else can write to,
//! or, where a group is named, one that belongs to that group and that only its owner and that group
//! can write to. Whoever can write to the directory can delete the mark of an end or a count of
//! refused logins. A sticky bit does not make a directory of mode 1777 better: everybody could still
//! put files there.

export interface Owner {
  uid: number;
  gid: number;
}

const ROOT = 0;

/** Returns why a directory cannot hold a store for user `me`, shared with `group` or with nobody. */
export function objection(owner: Owner, mode: number, me: number, group: number | undefined): string | undefined {
  const permissions = (mode & 0o7777).toString(8);
  if (mode & 0o002) {
    return `everybody can write to it (mode ${permissions}), and so delete what stands there: take that away with chmod o-w`;
  }
  if (group === undefined) return objectionToOne(owner, mode, me, permissions);
  if (owner.gid !== group) {
    return `it belongs to group ${owner.gid}, and group ${group} is to share it: give it to that group with chgrp`;
  }
  if ((mode & 0o070) !== 0o070) {
    return `group ${group} is to share it and cannot write to it (mode ${permissions}): permit it with chmod g+rwx`;
  }
  if (mode & 0o1000) {
    return `group ${group} is to share it, and none can replace what another wrote (mode ${permissions}): take the sticky bit away with chmod -t`;
  }
  return undefined;
}

function objectionToOne(owner: Owner, mode: number, me: number, permissions: string): string | undefined {
  if (owner.uid !== me && owner.uid !== ROOT && me !== ROOT) {
    return `it belongs to user ${owner.uid}, and this program runs as user ${me}: give it to that user with chown, or share it with a group (the option group)`;
  }
  if (mode & 0o020) {
    return `group ${owner.gid} can write to it (mode ${permissions}): take that away with chmod g-w, or name the group that shares it (the option group)`;
  }
  return undefined;
}

/**
 * The name of a file system by its number in `statfs`, where it is one that several machines write to:
 * linux/magic.h, and the sources of those that are not there.
 */
export function sharedByMachines(number: number): string | undefined {
  return SHARED_BY_MACHINES.get(number >>> 0);
}

const SHARED_BY_MACHINES = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x73757245, 'Coda'],
  [0x00c36400, 'Ceph'],
  [0x7461636f, 'OCFS2'],
  [0x01161970, 'GFS2'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
]);
