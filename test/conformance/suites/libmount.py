"""What crun's tests use of util-linux's Python binding, which Debian does not have: a table of mounts from a file in the form of
/proc/self/mountinfo."""


class Mount:
    def __init__(self, line):
        before, after = line.split(" - ", 1)
        fields = before.split(" ")
        self.target = fields[4]
        self.vfs_options = fields[5]
        self.fs_options = after.split(" ")[2].strip()


class Table:
    def __init__(self, path):
        with open(path) as file:
            self.mounts = [Mount(line) for line in file if " - " in line]

    def find_target(self, target):
        """The uppermost mount on a mount point, or None."""
        return next((mount for mount in reversed(self.mounts) if mount.target == target), None)
