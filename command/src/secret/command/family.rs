//! Which processes a process has started.

/// Returns the process itself and all that it and its descendants started, of
/// `parents`: pairs of a process and its parent.
pub fn of(process: i32, parents: &[(i32, i32)]) -> Vec<i32> {
    let mut family = vec![process];
    let mut next = 0;
    while let Some(&parent) = family.get(next) {
        let children = parents.iter().filter(|pair| pair.1 == parent);
        for (child, _) in children {
            // The pairs are not of one moment: a number may have been given anew.
            if !family.contains(child) {
                family.push(*child);
            }
        }
        next += 1;
    }
    family
}

/// Returns each process of this machine with its parent, as far as the system tells.
#[cfg(target_os = "linux")]
pub fn parents() -> Vec<(i32, i32)> {
    let Ok(folders) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let names = folders.filter_map(|folder| folder.ok()?.file_name().into_string().ok());
    let processes = names.filter_map(|name| name.parse().ok());
    processes
        .filter_map(|process: i32| {
            let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
            Some((process, parent_in(&stat)?))
        })
        .collect()
}

/// Returns each process of this machine with its parent, as `ps` tells (POSIX).
#[cfg(not(target_os = "linux"))]
pub fn parents() -> Vec<(i32, i32)> {
    let ps = std::process::Command::new("ps")
        .args(["-A", "-o", "pid=", "-o", "ppid="])
        .output();
    let Ok(output) = ps else { return Vec::new() };
    let text = String::from_utf8_lossy(&output.stdout);
    let pair = |line: &str| {
        let (process, parent) = line.trim().split_once(char::is_whitespace)?;
        Some((process.parse().ok()?, parent.trim().parse().ok()?))
    };
    text.lines().filter_map(pair).collect()
}

/// Returns the parent in a line of `/proc/PID/stat` (proc(5)): the second field behind
/// the name, which stands in parentheses and may hold any character.
#[cfg(target_os = "linux")]
fn parent_in(stat: &str) -> Option<i32> {
    let (_, behind_name) = stat.rsplit_once(')')?;
    behind_name.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_all_that_came_of_a_process_and_nothing_else() {
        let parents = [
            (0, 0),
            (1, 0),
            (12, 11),
            (10, 1),
            (11, 10),
            (13, 10),
            (20, 1),
        ];
        assert_eq!(of(10, &parents), [10, 11, 13, 12]);
        assert_eq!(of(20, &parents), [20]);
        assert_eq!(of(99, &parents), [99]);
        assert_eq!(of(1, &[(2, 1), (3, 2), (1, 3)]), [1, 2, 3], "no end");
    }

    #[test]
    fn this_process_has_its_parent() {
        let process = std::process::id().try_into().unwrap();
        let parent = std::os::unix::process::parent_id().try_into().unwrap();
        assert!(parents().contains(&(process, parent)));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_with_parentheses_in_it_hides_no_parent() {
        assert_eq!(parent_in("12 (a) b) (c) S 7 12 12"), Some(7));
        assert_eq!(parent_in("12 (a"), None);
    }
}
