//! A Slurm cluster of two nodes on this machine.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rand::RngCore as _;
use tempfile::TempDir;

use super::{kill, wait};

/// A running cluster, which ends when it is dropped.
pub(super) struct Cluster(TempDir);

impl Cluster {
    /// Starts it. Says why and returns `None` where this user may not, unless nothing may be skipped.
    pub(super) fn start() -> Option<Self> {
        if fs::metadata("/proc/self").unwrap().uid() != 0 {
            assert!(std::env::var_os("IMPASTO_TEST_NO_SKIP").is_none(), "only root may start a Slurm cluster");
            eprintln!("skipped: only root may start a Slurm cluster");
            return None;
        }
        let cluster = Self(tempfile::tempdir().unwrap());
        for folder in ["state", "first", "second"] {
            fs::create_dir(cluster.path(folder)).unwrap();
        }
        // Commands of the tasks look for the socket in it.
        fs::set_permissions(cluster.0.path(), Permissions::from_mode(0o755)).unwrap();
        let mut key = vec![0; 1024];
        rand::rng().fill_bytes(&mut key);
        fs::write(cluster.path("munge.key"), key).unwrap();
        fs::set_permissions(cluster.path("munge.key"), Permissions::from_mode(0o600)).unwrap();
        fs::write(cluster.configuration(), cluster.configured()).unwrap();
        let option = |name: &str, file: &str| format!("--{name}={}", cluster.path(file).display());
        let munged = [("socket", "munge.sock"), ("key-file", "munge.key"), ("pid-file", "munged.pid")];
        let munged = munged.into_iter().chain([("log-file", "munged.log"), ("seed-file", "munge.seed")]);
        cluster.run("munged", &munged.map(|(name, file)| option(name, file)).collect::<Vec<_>>());
        cluster.run("slurmctld", &[]);
        for node in ["first", "second"] {
            cluster.run("slurmd", &["-N".to_owned(), node.to_owned()]);
        }
        wait("idle nodes", || cluster.query("sinfo", &["-h", "-t", "idle", "-o", "%D"]) == "2");
        Some(cluster)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The file that tells Slurm's commands about it.
    pub(super) fn configuration(&self) -> PathBuf {
        self.path("slurm.conf")
    }

    fn configured(&self) -> String {
        // Free at this moment; nobody else asks for them in the meantime.
        let listeners = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let [control, first, second] = listeners.each_ref().map(|listener| listener.local_addr().unwrap().port());
        let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
        let (host, folder) = (host.trim().split('.').next().unwrap(), self.0.path().display());
        let mut lines = vec![
            "ClusterName=test".to_owned(),
            format!("SlurmctldHost={host}(127.0.0.1)"),
            format!("SlurmctldPort={control}"),
            "SlurmUser=root".to_owned(),
            "AuthType=auth/munge".to_owned(),
            // Without the second value, a task that is requeued waits for two minutes.
            format!("AuthInfo=socket={folder}/munge.sock,cred_expire=5"),
        ];
        for (name, file) in [
            ("StateSaveLocation", "state"),
            ("SlurmdSpoolDir", "%n"),
            ("SlurmctldPidFile", "slurmctld.pid"),
            ("SlurmdPidFile", "%n.pid"),
            ("SlurmctldLogFile", "slurmctld.log"),
            ("SlurmdLogFile", "%n.log"),
            ("JobCompLoc", "completed.log"),
        ] {
            lines.push(format!("{name}={folder}/{file}"));
        }
        // Neither control groups nor accounts, and quick to notice what happens.
        let settings = "MpiDefault=none ProctrackType=proctrack/linuxproc TaskPlugin=task/none \
            JobAcctGatherType=jobacct_gather/none JobCompType=jobcomp/filetxt SelectType=select/cons_tres \
            SelectTypeParameters=CR_Core \
            SchedulerParameters=sched_interval=1,sched_min_interval=1000,batch_sched_delay=0,bf_interval=1 \
            ReturnToService=2 KillWait=2 SlurmdTimeout=5 MessageTimeout=3 TCPTimeout=1 \
            SlurmdParameters=config_overrides MailProg=/bin/true";
        lines.extend(settings.split_whitespace().map(str::to_owned));
        for (node, port) in [("first", first), ("second", second)] {
            lines.push(format!(
                "NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=2 RealMemory=1000"
            ));
        }
        lines.push("PartitionName=all Nodes=first,second Default=YES MaxTime=10 State=UP".to_owned());
        lines.join("\n") + "\n"
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("SLURM_CONF", self.configuration());
        command
    }

    /// Starts a program that goes on in the background.
    fn run(&self, program: &str, arguments: &[String]) {
        let status = self.command(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
        assert!(status.unwrap().success(), "{program} cannot be started");
    }

    /// What one of Slurm's commands prints.
    pub(super) fn query(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.command(program).args(arguments).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Ends everything on the second node at once. Returns the numbers of the jobs that ran there.
    pub(super) fn lose_second_node(&self) -> Vec<String> {
        let jobs = self.query("squeue", &["-h", "-w", "second", "-o", "%A"]);
        let jobs: Vec<String> = jobs.lines().map(str::to_owned).collect();
        kill(self.process("second").unwrap());
        for job in &jobs {
            let variable = format!("SLURM_JOB_ID={job}");
            let shells = Command::new("pgrep").args(["-f", &format!("slurmstepd: \\[{job}\\.")]).output().unwrap();
            String::from_utf8_lossy(&shells.stdout).lines().filter_map(|line| line.parse().ok()).for_each(kill);
            super::painters(&variable).into_iter().for_each(kill);
        }
        jobs
    }

    fn process(&self, name: &str) -> Option<u32> {
        fs::read_to_string(self.path(&format!("{name}.pid"))).ok()?.trim().parse().ok()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.command("scancel").args(["--user", "root"]).status();
        for daemon in ["first", "second", "slurmctld", "munged"] {
            if let Some(process) =
                self.process(daemon).filter(|process| Path::new(&format!("/proc/{process}")).exists())
            {
                kill(process);
            }
        }
    }
}
