//! Who may use the files of a disk.
//!
//! Modes are set on every file when it is created, and do not depend on the mask of the process. New files
//! belong to the owner of the directory where the process may give them away (a command that root runs once
//! would otherwise lock the owner out), and to its group where the group is to use them.

use std::fs::File;
use std::io;

use larder_mapping::Access;
use rustix::fs::{self, Gid, Mode, Stat, Uid};
use rustix::io::Errno;

use crate::fault::{Call, Calls};
use crate::options::Share;
use crate::root::{FileKind, Root, Status, retry};
use crate::{apart, log, recorded, segment, tables};

impl Share {
    const fn file(self) -> Mode {
        let owner = Mode::RUSR.union(Mode::WUSR);
        let group = owner.union(Mode::RGRP).union(Mode::WGRP);
        match self {
            Self::Owner => owner,
            Self::Group => group,
            Self::World => group.union(Mode::ROTH).union(Mode::WOTH),
        }
    }

    const fn directory(self) -> Mode {
        match self {
            Self::Owner => Mode::RWXU,
            Self::Group => Mode::RWXU.union(Mode::RWXG),
            Self::World => Mode::RWXU.union(Mode::RWXG).union(Mode::RWXO),
        }
    }
}

/// Sets the owner and the mode of a file or directory that this process created, or owns, below the directory
/// `above`.
pub(crate) fn permit(file: &File, calls: &Calls, share: Share, above: &Stat) -> io::Result<()> {
    let stat = retry(|| {
        calls.before(Call::Stat)?;
        fs::fstat(file)
    })?;
    // Only root can give files away.
    let is_to_give = stat.st_uid == 0 && above.st_uid != 0;
    let is_of_others = share != Share::Owner && stat.st_gid != above.st_gid;
    if is_to_give || is_of_others {
        let owner = is_to_give.then(|| Uid::from_raw(above.st_uid));
        let given = retry(|| {
            calls.before(Call::Permit)?;
            fs::fchown(file, owner, Some(Gid::from_raw(above.st_gid)))
        });
        // Users that this container does not know, file systems without owners, a group without this user.
        let harmless = [Errno::PERM, Errno::INVAL, Errno::OPNOTSUPP].map(|errno| Some(errno.raw_os_error()));
        match given {
            Err(error) if harmless.contains(&error.raw_os_error()) => {
                tracing::debug!(%error, "a file does not belong to the owner and the group of its directory");
            }
            given => given?,
        }
    }
    let mode = match Status::of(&stat).kind {
        FileKind::Directory => share.directory(),
        _ => share.file(),
    };
    if Status::of(&stat).mode == mode {
        return Ok(());
    }
    retry(|| {
        calls.before(Call::Permit)?;
        fs::fchmod(file, mode)
    })
}

/// The users whom the directory of the log is for, where the record of it is gone. Its mode is only ever set
/// here.
pub(crate) fn shown(root: &Root) -> io::Result<Share> {
    let mode = root.status(segment::DIRECTORY)?.map(|status| status.mode);
    let shares = [Share::World, Share::Group];
    Ok(shares.into_iter().find(|share| mode == Some(share.directory())).unwrap_or_default())
}

/// Lets new files be for the users that are asked for, or else recorded; with another choice than the
/// recorded one, all files that are there too.
///
/// # Errors
///
/// The files have another owner: some may have been set, and nothing is recorded.
pub(crate) fn set(root: &Root, recorded: Option<Share>, asked: Option<Share>) -> io::Result<()> {
    let share = asked.or(recorded).unwrap_or_default();
    root.set_share(share);
    let is_change = asked.is_some() && recorded.unwrap_or_default() != share;
    if is_change || recorded.is_none() && share != Share::Owner {
        permit_all(root, share)?;
    }
    Ok(())
}

/// Sets who may use what is there: the directory, and all that has a name of the layout.
fn permit_all(root: &Root, share: Share) -> io::Result<()> {
    root.permit_directory("", share)?;
    let above = root.stat()?;
    let directories = [segment::DIRECTORY, apart::DIRECTORY, apart::UNFINISHED];
    let mut files: Vec<String> = tables::FILES.iter().map(ToString::to_string).collect();
    files.extend([tables::HEAD, recorded::FILE, log::RESERVE].map(str::to_owned));
    for directory in directories {
        if root.has(directory)? {
            root.permit_directory(directory, share)?;
        }
        for name in root.names(directory)? {
            let name = name.to_string_lossy();
            let is_own = match directory {
                segment::DIRECTORY => segment::number_of(&name).is_some(),
                apart::DIRECTORY => apart::number_of(&name).is_some(),
                _ => apart::is_unfinished(&name),
            };
            if is_own {
                files.push(format!("{directory}/{name}"));
            }
        }
    }
    for name in files {
        match root.open_file(&name, Access::Read) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            file => file?.share(share, &above)?,
        }
    }
    Ok(())
}
