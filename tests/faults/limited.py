"""A file system that can be full: a folder's content on a tmpfs whose size is changed under it.

It is mounted in a mount namespace of this process's own, so nothing is left behind however the campaign ends.
"""

import ctypes
import os
import shutil
import subprocess
from pathlib import Path

_NEW_MOUNTS = 0x00020000


def enter_own_mounts() -> str | None:
    """Whether this process (its main thread, before it starts others) may mount; else what stands in the way."""
    if os.geteuid() != 0:
        return "a file system of limited size can only be mounted by root"
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_MOUNTS) != 0:
        return f"no mount namespace: {os.strerror(ctypes.get_errno())}"
    done = subprocess.run(["mount", "--make-rprivate", "/"], capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else f"mounts can't be made private: {done.stderr.strip()}"


class LimitedFolder:
    """A folder with room for so many MiB. Raises CalledProcessError where it can't be mounted."""

    def __init__(self, folder: Path, room_mb: int) -> None:
        self._folder = folder
        self._room_mb = room_mb
        owner = folder.stat()
        away = folder.with_name(f"{folder.name}.before")
        folder.rename(away)
        folder.mkdir()
        options = f"size={room_mb}m,mode=0700,uid={owner.st_uid},gid={owner.st_gid}"
        _mount("-t", "tmpfs", "-o", options, "tmpfs", str(folder))
        subprocess.run(["cp", "-a", f"{away}/.", str(folder)], check=True, capture_output=True)
        shutil.rmtree(away)

    def fill(self) -> None:
        """From now on not one more block can be written."""
        for _ in range(200):
            if _try_mount("-o", f"remount,size={self._used()}", str(self._folder)):
                return
        raise RuntimeError(f"{self._folder} could not be made full")

    def make_room(self) -> None:
        """Space returns."""
        _mount("-o", f"remount,size={self._room_mb}m", str(self._folder))

    def is_full(self) -> bool:
        """Whether nothing is left."""
        return os.statvfs(self._folder).f_bfree == 0

    def remove(self) -> None:
        """Unmounted, its content gone."""
        subprocess.run(["umount", "-l", str(self._folder)], check=False, capture_output=True)

    def _used(self) -> int:
        there = os.statvfs(self._folder)
        return (there.f_blocks - there.f_bfree) * there.f_frsize


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)


def _try_mount(*arguments: str) -> bool:
    return subprocess.run(["mount", *arguments], check=False, capture_output=True).returncode == 0
