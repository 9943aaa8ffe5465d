//! The conformance suite of the two engines: what an aggregate module may rely on, whichever database it runs on.

#![expect(clippy::unwrap_used, reason = "helpers of tests, too, fail by panicking")]

use std::collections::BTreeSet;
use std::error::Error as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;

use entente_domain::ids::{Id, TenantId};
use entente_domain::time::Timestamp;
use entente_store::{
    ConstraintKind, Migration, PostgresOptions, Sql, SqliteOptions, Store, StoreError, Tx, Value, params,
};
use entente_testkit::for_each_engine;
use entente_testkit::postgres::Database;
use uuid::Uuid;

const TABLES: Migration = Migration::both(
    "test_tables",
    "CREATE TABLE t_owner (
        id {id} NOT NULL PRIMARY KEY,
        name {text} NOT NULL UNIQUE,
        CONSTRAINT t_owner_named CHECK (name <> '')
    ){strict};
    CREATE TABLE t_word (word {text} NOT NULL){strict};
    CREATE UNIQUE INDEX t_word_lower ON t_word (lower(word));
    CREATE TABLE t_value (
        {rowid}
        id {int} NOT NULL UNIQUE,
        owner {id} REFERENCES t_owner (id),
        text {text},
        number {int},
        flag {bool},
        at {time},
        json {json},
        bytes {bytes}
    ){strict};
    CREATE TABLE t_pair (a {int} NOT NULL, b {int} NOT NULL, PRIMARY KEY (a, b)){clustered};
    CREATE TABLE t_late (
        id {int} NOT NULL PRIMARY KEY,
        next {int} REFERENCES t_late (id) DEFERRABLE INITIALLY DEFERRED
    ){strict};",
);

const MORE: Migration = Migration::both("test_more", "CREATE TABLE t_more (x {int}){strict};");

static ADD_OWNER: Sql = Sql::new("INSERT INTO t_owner (id, name) VALUES ($1, $2)");
static ALL_PAIRS: Sql = Sql::new("SELECT b FROM t_pair");
static ORPHAN: Sql = Sql::new("INSERT INTO t_value (owner, id) VALUES ($1, 0)");
static COUNT_LATE: Sql = Sql::new("SELECT count(*) FROM t_late");
static BY_NAME: Sql = Sql::new("SELECT id FROM t_owner WHERE name = $1");
static BY_NUMBER: Sql = Sql::new("SELECT id FROM t_value WHERE number = $2 AND text = $1");
static FILTERED: Sql = Sql::new("SELECT a FROM t_pair WHERE (a = $1 OR $1 IS NULL) AND b = $2 ORDER BY a LIMIT $3");
static OWNERS: Sql = Sql::new("SELECT name FROM t_owner ORDER BY name");
static ADD_PAIR: Sql = Sql::new("INSERT INTO t_pair (a, b) VALUES ($1, $2)");
static COUNT_PAIRS: Sql = Sql::new("SELECT count(*) FROM t_pair");
static SUM_PAIRS: Sql = Sql::new("SELECT CAST(coalesce(sum(b), 0) AS bigint) FROM t_pair WHERE a = $1");
static ADD_LATE: Sql = Sql::new("INSERT INTO t_late (id, next) VALUES ($1, $2)");
static ADD_VALUE: Sql = Sql::new(
    "INSERT INTO t_value (owner, text, number, flag, at, json, bytes, id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
);
static GET_VALUE: Sql = Sql::new("SELECT owner, text, number, flag, at, json, bytes FROM t_value WHERE id = $1");

fn on_both(test: impl Fn(&Store)) {
    for_each_engine(|store| {
        store.migrate_with(&[TABLES]).unwrap();
        test(store);
    });
}

fn tenant(n: u128) -> TenantId {
    TenantId::from_uuid(Uuid::from_u128(n))
}

fn add_pair(store: &Store, a: i64, b: i64) -> Result<(), StoreError> {
    store.write(move |tx| tx.exec(&ADD_PAIR, params![a, b]).map(|_| ()))
}

fn pairs(store: &Store) -> i64 {
    store.glance(count).unwrap()
}

fn count(tx: &Tx) -> Result<i64, StoreError> {
    Ok(tx.one(&COUNT_PAIRS, params![], |row| row.int(0))?.unwrap_or_default())
}

#[test]
fn values_come_back_as_they_went_in() {
    type Everything = (
        Option<TenantId>,
        Option<String>,
        Option<i64>,
        Option<bool>,
        Option<Timestamp>,
        Option<String>,
        Option<Vec<u8>>,
    );
    let first_instant = Timestamp::from_micros(946_684_800_000_000 - 210_866_803_200_000_000);
    let last_instant = Timestamp::from_micros(i64::MAX);
    let cases: Vec<Everything> = vec![
        (None, None, None, None, None, None, None),
        (
            Some(tenant(u128::MAX)),
            Some("Zürich 北京 🦀 \u{1} '\"$1".into()),
            Some(i64::MIN),
            Some(true),
            Some(first_instant),
            Some(r#"{"a": [1, "ü"]}"#.into()),
            Some(vec![0, 255, 0]),
        ),
        (
            Some(tenant(0)),
            Some(String::new()),
            Some(i64::MAX),
            Some(false),
            Some(Timestamp::from_micros(-1)),
            Some("[]".into()),
            Some(vec![]),
        ),
        (Some(tenant(0)), None, Some(0), None, Some(last_instant), Some("null".into()), Some(vec![7; 100_000])),
    ];
    on_both(|store| {
        store
            .write(|tx| {
                tx.exec(&ADD_OWNER, params![tenant(0), "zero"])?;
                tx.exec(&ADD_OWNER, params![tenant(u128::MAX), "max"])
            })
            .unwrap();
        for (n, case) in (0_i64..).zip(&cases) {
            let (owner, text, number, flag, at, json, bytes) = case.clone();
            let id: i64 = store
                .write(move |tx| {
                    tx.one(&ADD_VALUE, params![owner, &text, number, flag, at, json, bytes, n], |row| row.int(0))
                })
                .unwrap()
                .unwrap();
            let read: Everything = store
                .read(|tx| {
                    tx.one(&GET_VALUE, params![id], |row| {
                        Ok((
                            row.opt_id(0)?,
                            row.opt_text(1)?.map(Into::into),
                            row.opt_int(2)?,
                            row.opt_bool(3)?,
                            row.opt_time(4)?,
                            row.opt_json(5)?.map(Into::into),
                            row.opt_bytes(6)?.map(Into::into),
                        ))
                    })
                })
                .unwrap()
                .unwrap();
            assert_eq!(&read, case);
        }
    });
}

#[test]
fn a_cell_of_another_kind_is_an_inconsistency_that_names_the_column() {
    on_both(|store| {
        let read = |map: fn(&entente_store::Row<'_>) -> Result<(), StoreError>| {
            static WORDS: Sql = Sql::new("SELECT CAST(NULL AS bigint) AS gone, 'word' AS word");
            store.read(|tx| tx.one(&WORDS, params![], map)).unwrap_err()
        };
        let column = |error: StoreError| match error {
            StoreError::Inconsistent { column, .. } => column,
            other => panic!("{other:?}"),
        };
        assert_eq!(column(read(|row| row.int(0).map(|_| ()))), "gone");
        assert_eq!(column(read(|row| row.int(1).map(|_| ()))), "word");
        assert_eq!(column(read(|row| row.id::<TenantId>(1).map(|_| ()))), "word");
        assert_eq!(column(read(|row| row.text(9).map(|_| ()))), "number 9");
    });
}

#[test]
fn what_one_engine_cannot_store_is_refused_by_both() {
    on_both(|store| {
        for value in [Value::Text("a\0b"), Value::Time(Timestamp::from_micros(i64::MIN))] {
            let refused = store.glance(|tx| tx.one(&OWNERS, &[value], |_| Ok(()))).unwrap_err();
            assert!(matches!(refused, StoreError::Internal(_)), "{refused:?}");
        }
    });
}

#[test]
fn the_wrong_number_of_parameters_and_a_second_row_are_errors() {
    on_both(|store| {
        let refused = store.write(|tx| tx.exec(&ADD_PAIR, params![1])).unwrap_err();
        assert_eq!(refused.source().unwrap().to_string(), "1 parameters where the statement has 2");
        add_pair(store, 1, 1).unwrap();
        add_pair(store, 1, 2).unwrap();
        let refused = store.read(|tx| tx.one(&ALL_PAIRS, params![], |row| row.int(0))).unwrap_err();
        assert_eq!(refused.source().unwrap().to_string(), "a second row where at most one is due");
        assert_eq!(pairs(store), 2);
    });
}

#[test]
fn an_optional_filter_takes_a_null() {
    on_both(|store| {
        for a in 0..3 {
            add_pair(store, a, 7).unwrap();
        }
        let read = |a: Option<i64>| store.glance(|tx| tx.all(&FILTERED, params![a, 7, 2], |row| row.int(0))).unwrap();
        assert_eq!(read(None), [0, 1]);
        assert_eq!(read(Some(2)), [2]);
    });
}

#[test]
fn text_is_ordered_by_bytes() {
    let names = ["a", "B", "ä", "Z", "zz", "北", "a b", "a-b", "🦀", "\u{fffd}"];
    let mut sorted = names;
    sorted.sort_unstable();
    on_both(|store| {
        store
            .write(move |tx| {
                for (n, name) in (0..).zip(names) {
                    tx.exec(&ADD_OWNER, params![tenant(n), name])?;
                }
                Ok::<_, StoreError>(())
            })
            .unwrap();
        assert_eq!(store.read(|tx| tx.all(&OWNERS, params![], |row| Ok(row.text(0)?.to_owned()))).unwrap(), sorted);
    });
}

#[test]
fn broken_rules_are_recognised() {
    on_both(|store| {
        let owner = |id, name: &'static str| store.write(move |tx| tx.exec(&ADD_OWNER, params![tenant(id), name]));
        owner(1, "one").unwrap();
        let broken = |result: Result<u64, StoreError>| match result.unwrap_err() {
            StoreError::Constraint { kind, name } => (kind, name),
            other => panic!("{other:?}"),
        };
        assert_eq!(broken(owner(1, "other")), (ConstraintKind::Unique, "t_owner.id".into()));
        assert!(owner(2, "one").unwrap_err().is_unique("t_owner.name"));
        let word = |word: &'static str| {
            static ADD_WORD: Sql = Sql::new("INSERT INTO t_word (word) VALUES ($1)");
            store.write(move |tx| tx.exec(&ADD_WORD, params![word]))
        };
        word("one").unwrap();
        assert_eq!(broken(word("ONE")), (ConstraintKind::Unique, "t_word_lower".into()));
        assert_eq!(broken(owner(2, "")), (ConstraintKind::Check, "t_owner_named".into()));
        let nameless = store.write(|tx| tx.exec(&ADD_OWNER, params![tenant(3), None::<&str>]));
        assert_eq!(broken(nameless), (ConstraintKind::NotNull, "t_owner.name".into()));
        add_pair(store, 1, 1).unwrap();
        assert!(add_pair(store, 1, 1).unwrap_err().is_unique("t_pair.a, t_pair.b"));
        let orphan = store.write(|tx| tx.exec(&ORPHAN, params![tenant(9)]));
        assert_eq!(broken(orphan).0, ConstraintKind::ForeignKey);
        // Checked at COMMIT and no sooner.
        let late = store.write(|tx| tx.exec(&ADD_LATE, params![1, 2]));
        assert_eq!(broken(late).0, ConstraintKind::ForeignKey);
    });
}

#[test]
fn a_failed_statement_ends_its_transaction() {
    on_both(|store| {
        add_pair(store, 1, 1).unwrap();
        let swallowed = store.write(|tx| {
            tx.exec(&ADD_PAIR, params![2, 2])?;
            let refused = tx.exec(&ADD_PAIR, params![1, 1]).unwrap_err();
            assert!(matches!(refused, StoreError::Constraint { .. }));
            assert!(matches!(tx.exec(&ADD_PAIR, params![3, 3]), Err(StoreError::Internal(_))));
            Ok::<_, StoreError>(())
        });
        assert!(swallowed.unwrap_err().is_unique("t_pair.a, t_pair.b"));
        assert_eq!(pairs(store), 1);
    });
}

#[test]
fn reads_do_not_write_and_transactions_do_not_nest() {
    on_both(|store| {
        let insert = |tx: &Tx| tx.exec(&ADD_PAIR, params![1, 1]).map(|_| ());
        assert!(store.read(insert).is_err());
        assert!(store.glance(insert).is_err());
        assert!(store.read_long(insert).is_err());
        let inner = store.clone();
        assert!(matches!(store.read(|_| inner.read(count)), Err(StoreError::Internal(_))));
        let inner = store.clone();
        assert!(matches!(store.write(move |_| add_pair(&inner, 1, 1)), Err(StoreError::Internal(_))));
        let nested = store.read(|tx| {
            static ONE: Sql = Sql::new("SELECT 1");
            tx.each(&ONE, params![], |_| count(tx).map(|_| ()))
        });
        assert!(matches!(nested, Err(StoreError::Internal(_))));
        assert_eq!(pairs(store), 0);
        add_pair(store, 1, 1).unwrap();
        assert_eq!(pairs(store), 1);
    });
}

#[test]
fn one_failing_job_among_many_fails_alone() {
    on_both(|store| {
        add_pair(store, 13, 0).unwrap();
        let start = Barrier::new(64);
        let failed: Vec<i64> = thread::scope(|scope| {
            let threads: Vec<_> = (0..64)
                .map(|a| {
                    let start = &start;
                    scope.spawn(move || {
                        start.wait();
                        let written = store.write(move |tx| {
                            // The first of the two must go when the second fails.
                            tx.exec(&ADD_PAIR, params![a, 1])?;
                            tx.exec(&ADD_PAIR, params![a, 0]).map(|_| ())
                        });
                        written.is_err().then_some(a)
                    })
                })
                .collect();
            threads.into_iter().filter_map(|it| it.join().unwrap()).collect()
        });
        assert_eq!(failed, [13]);
        assert_eq!(pairs(store), 63 * 2 + 1);
    });
}

/// A constraint that is checked at COMMIT fails the whole group on SQLite; its other jobs must not notice.
#[test]
fn one_refused_commit_among_many_fails_alone() {
    on_both(|store| {
        let start = Barrier::new(32);
        let failed: BTreeSet<i64> = thread::scope(|scope| {
            let threads: Vec<_> = (0..32_i64)
                .map(|n| {
                    let start = &start;
                    scope.spawn(move || {
                        start.wait();
                        let next = if n % 8 == 5 { 1_000 } else { n };
                        store.write(move |tx| tx.exec(&ADD_LATE, params![n, next])).is_err().then_some(n)
                    })
                })
                .collect();
            threads.into_iter().filter_map(|it| it.join().unwrap()).collect()
        });
        assert_eq!(failed, BTreeSet::from([5, 13, 21, 29]));
        assert_eq!(store.glance(|tx| tx.one(&COUNT_LATE, params![], |row| row.int(0))).unwrap(), Some(28));
    });
}

#[test]
fn the_closures_own_error_undoes_its_writes() {
    #[derive(Debug)]
    enum Mine {
        Refused(&'static str),
        Store(StoreError),
    }
    impl From<StoreError> for Mine {
        fn from(error: StoreError) -> Self {
            Self::Store(error)
        }
    }
    on_both(|store| {
        let refused = store.write(|tx| {
            tx.exec(&ADD_PAIR, params![1, 1])?;
            if count(tx)? == 1 { Err(Mine::Refused("for a reason")) } else { Ok(()) }
        });
        match refused.unwrap_err() {
            Mine::Refused(why) => assert_eq!(why, "for a reason"),
            Mine::Store(error) => panic!("{error:?}"),
        }
        assert_eq!(pairs(store), 0);
    });
}

#[test]
fn a_read_sees_one_committed_state() {
    on_both(|store| {
        let (written, wait_for_write) = mpsc::channel();
        let (go_on, wait_to_go_on) = mpsc::channel::<()>();
        let wait_to_go_on = std::sync::Mutex::new(wait_to_go_on);
        add_pair(store, 1, 1).unwrap();
        thread::scope(|scope| {
            scope.spawn(move || {
                store
                    .write(move |tx| {
                        tx.exec(&ADD_PAIR, params![2, 2])?;
                        written.send(()).unwrap();
                        wait_to_go_on.lock().unwrap().recv().unwrap();
                        Ok::<_, StoreError>(())
                    })
                    .unwrap();
            });
            wait_for_write.recv().unwrap();
            assert_eq!(pairs(store), 1, "what is not committed is not seen");
            go_on.send(()).unwrap();
        });
        assert_eq!(pairs(store), 2, "what is committed is seen at once");

        for long in [false, true] {
            let before = pairs(store);
            let work = |tx: &Tx| {
                let first = count(tx)?;
                thread::scope(|scope| {
                    scope.spawn(|| add_pair(store, 100 + before, 0).unwrap()).join().unwrap();
                });
                Ok::<_, StoreError>((first, count(tx)?))
            };
            let (first, second) = if long { store.read_long(work) } else { store.read(work) }.unwrap();
            assert_eq!((first, second), (before, before), "a transaction keeps its snapshot");
            assert_eq!(pairs(store), before + 1);
        }
    });
}

/// Two transactions read what the other one writes: one of them has to run again and then sees the other's row.
#[test]
fn write_skew_is_prevented_by_running_again() {
    on_both(|store| {
        let runs = Arc::new(AtomicU32::new(0));
        let both_have_read = Arc::new(Barrier::new(2));
        let seen: BTreeSet<i64> = thread::scope(|scope| {
            let threads = [1_i64, 2].map(|b| {
                let (runs, both_have_read) = (runs.clone(), both_have_read.clone());
                let serial = store.engine() == "sqlite";
                scope.spawn(move || {
                    store
                        .write(move |tx| {
                            let seen = count(tx)?;
                            // SQLite has one writer, which would wait here for itself.
                            if runs.fetch_add(1, Ordering::SeqCst) < 2 && !serial {
                                both_have_read.wait();
                            }
                            tx.exec(&ADD_PAIR, params![7, b])?;
                            Ok::<_, StoreError>(seen)
                        })
                        .unwrap()
                })
            });
            threads.into_iter().map(|it| it.join().unwrap()).collect()
        });
        assert_eq!(seen, BTreeSet::from([0, 1]), "as if one had run after the other");
        let runs = runs.load(Ordering::SeqCst);
        assert!(if store.engine() == "sqlite" { runs == 2 } else { runs > 2 }, "{runs} runs");
    });
}

#[test]
fn every_acknowledged_write_is_there() {
    on_both(|store| {
        thread::scope(|scope| {
            for a in 0..64 {
                scope.spawn(move || (0..50).for_each(|b| add_pair(store, a, b).unwrap()));
            }
        });
        assert_eq!(pairs(store), 64 * 50);
        assert_eq!(store.read(|tx| tx.one(&SUM_PAIRS, params![63], |row| row.int(0))).unwrap(), Some(49 * 50 / 2));
    });
}

/// The worst case for optimistic transactions: everybody changes the same row.
#[test]
fn a_contended_row_loses_no_update() {
    on_both(|store| {
        add_pair(store, 0, 0).unwrap();
        thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(move || {
                    for _ in 0..10 {
                        static READ: Sql = Sql::new("SELECT b FROM t_pair WHERE a = 0");
                        static SAVE: Sql = Sql::new("UPDATE t_pair SET b = $1 WHERE a = 0");
                        store
                            .write(|tx| {
                                let b = tx.one(&READ, params![], |row| row.int(0))?.unwrap();
                                tx.exec(&SAVE, params![b + 1])
                            })
                            .unwrap();
                    }
                });
            }
        });
        assert_eq!(store.read(|tx| tx.one(&SUM_PAIRS, params![0], |row| row.int(0))).unwrap(), Some(160));
    });
}

#[test]
fn a_panic_reaches_its_caller_and_nobody_else() {
    on_both(|store| {
        let message = |result: Result<Result<(), StoreError>, Box<dyn std::any::Any + Send>>| {
            *result.unwrap_err().downcast::<&str>().unwrap()
        };
        let panicking_write = || {
            store.write(|tx| {
                tx.exec(&ADD_PAIR, params![1, 1])?;
                panic!("in a write")
            })
        };
        assert_eq!(message(catch_unwind(AssertUnwindSafe(panicking_write))), "in a write");
        let panicking_read = || {
            store.read(|tx| {
                static ONE: Sql = Sql::new("SELECT 1");
                tx.each(&ONE, params![], |_| panic!("in a row"))
            })
        };
        assert_eq!(message(catch_unwind(AssertUnwindSafe(panicking_read))), "in a row");
        assert_eq!(pairs(store), 0);
        thread::scope(|scope| {
            for b in 0..16 {
                scope.spawn(move || {
                    let write = || {
                        store.write(move |tx| {
                            tx.exec(&ADD_PAIR, params![2, b])?;
                            assert!(b != 5, "not five");
                            Ok::<_, StoreError>(())
                        })
                    };
                    assert_eq!(catch_unwind(AssertUnwindSafe(write)).is_err(), b == 5);
                });
            }
        });
        assert_eq!(pairs(store), 15);
    });
}

#[test]
fn migrations_run_once_and_may_not_change() {
    on_both(|store| {
        store.migrate().unwrap();
        store.migrate_with(&[TABLES]).unwrap();
        // Servers of one installation start together.
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| store.migrate_with(&[TABLES, MORE]).unwrap());
            }
        });
        let changed = Migration::both("test_more", "CREATE TABLE t_more (x {text}){strict};");
        let refused = store.migrate_with(&[TABLES, changed]).unwrap_err();
        assert!(refused.source().unwrap().to_string().contains("migration test_more"), "{refused:?}");

        let broken = Migration::both("test_broken", "CREATE TABLE t_half (x {int}); CREATE TABLE t_half (x {int});");
        assert!(store.migrate_with(&[broken]).is_err());
        let mended = Migration::both("test_broken", "CREATE TABLE t_half (x {int}){strict};");
        store.migrate_with(&[mended]).unwrap();
    });
}

#[test]
fn a_plan_tells_an_index_from_a_scan() {
    on_both(|store| {
        let scans =
            |sql: &Sql| store.plan(sql).unwrap().iter().any(|it| it.contains("Seq Scan") || it.contains("SCAN"));
        assert!(!scans(&BY_NAME));
        assert!(scans(&BY_NUMBER));
        assert!(store.plan(&Sql::new("SELECT nothing FROM nowhere")).is_err());
    });
}

#[test]
fn a_store_survives_the_loss_of_its_connections() {
    let database = Database::new();
    let open = || Store::open_postgres(database.url(), &PostgresOptions::default()).unwrap();
    let (store, killer) = (open(), open());
    store.migrate_with(&[TABLES]).unwrap();
    let kill = || {
        static KILL: Sql = Sql::new(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
        killer.glance(|tx| tx.one(&KILL, params![], |row| row.int(0))).unwrap().unwrap()
    };
    add_pair(&store, 1, 1).unwrap();
    assert!(kill() >= 1);
    assert_eq!(pairs(&store), 1, "a read finds another connection");
    assert!(kill() >= 1);
    add_pair(&store, 2, 2).unwrap();
    assert_eq!(pairs(&store), 2);
}

#[test]
fn encryption_that_is_asked_for_is_not_silently_left_out() {
    for url in ["host=localhost sslmode=require", "postgres://localhost/x?sslmode=verify-full"] {
        assert!(matches!(Store::open_postgres(url, &PostgresOptions::default()), Err(StoreError::Internal(_))));
    }
}

#[test]
fn an_sqlite_file_survives_its_store_and_is_private() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a file?mode=memory.db");
    for (group_commit, rows) in [(1, 20), (256, 40)] {
        let options = SqliteOptions { group_commit, ..SqliteOptions::default() };
        let store = Store::open_sqlite_with(&path, &options).unwrap();
        store.migrate_with(&[TABLES]).unwrap();
        thread::scope(|scope| {
            let store = &store;
            (rows - 20..rows).for_each(|b| drop(scope.spawn(move || add_pair(store, 1, b).unwrap())));
        });
        assert_eq!(pairs(&store), rows);
    }
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions()) & 0o777, 0o600);
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(left, [path.file_name().unwrap()], "the log is folded into the file when the store closes");
}

#[test]
fn a_store_may_go_down_with_its_last_job() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open_sqlite(&folder.path().join("test.db")).unwrap();
    let captured = store.clone();
    let engine = thread::spawn(move || {
        let result = store.write(move |_| Ok::<_, StoreError>(captured.engine()));
        drop(store);
        result
    });
    assert_eq!(engine.join().unwrap().unwrap(), "sqlite");
}

/// Another process holds the write lock: the caller is told after the timeout, and later writes work.
#[test]
fn a_locked_sqlite_file_is_unavailable_and_then_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    let options = SqliteOptions { busy_timeout: std::time::Duration::from_millis(20), ..SqliteOptions::default() };
    let store = Store::open_sqlite_with(&path, &options).unwrap();
    store.migrate_with(&[TABLES]).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(matches!(add_pair(&store, 1, 1), Err(StoreError::Unavailable(_))));
    assert_eq!(pairs(&store), 0, "reads go on");
    other.execute_batch("ROLLBACK").unwrap();
    add_pair(&store, 1, 1).unwrap();
    assert_eq!(pairs(&store), 1);
}

/// The schema is not trusted to run arbitrary functions; a full-text index kept by triggers must work all the same.
#[test]
fn a_part_for_one_engine_runs_after_the_common_one() {
    const SEARCH: Migration = Migration::both("test_search", "CREATE TABLE t_text (x {text} NOT NULL){strict};").and(
        "CREATE INDEX t_text_x ON t_text (x)",
        "CREATE VIRTUAL TABLE t_text_x USING fts5(x, tokenize = 'trigram');
         CREATE TRIGGER t_text_added AFTER INSERT ON t_text BEGIN INSERT INTO t_text_x (x) VALUES (new.x); END",
    );
    static ADD: Sql = Sql::new("INSERT INTO t_text (x) VALUES ($1)");
    static FIND: Sql = Sql::split(
        "SELECT count(*) FROM t_text WHERE position($1 IN x) > 0",
        "SELECT count(*) FROM t_text_x WHERE x MATCH $1",
    );
    on_both(|store| {
        store.migrate_with(&[SEARCH]).unwrap();
        store.write(|tx| tx.exec(&ADD, params!["Contoso Ltd"])).unwrap();
        assert_eq!(store.read(|tx| tx.one(&FIND, params!["toso"], |row| row.int(0))).unwrap(), Some(1));
    });
}
