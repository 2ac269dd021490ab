"""What each service may do with data keys, as SQL that PostgreSQL enforces. Derived from the manifests."""

from collections.abc import Iterable

from shared.contracts.manifest import EVERY_SERVICES, KeyKind, Manifest

# Revokes what earlier manifests granted, and the migrations that were written before there were manifests.
_NOBODY = """
DO $$
DECLARE
    given record;
BEGIN
    FOR given IN SELECT policyname FROM pg_policies WHERE schemaname = 'public' AND tablename = 'data_key' LOOP
        EXECUTE format('DROP POLICY %I ON data_key', given.policyname);
    END LOOP;
    FOR given IN
        SELECT DISTINCT rolname FROM pg_class, aclexplode(relacl) AS acl JOIN pg_roles ON pg_roles.oid = acl.grantee
        WHERE pg_class.oid = 'data_key'::regclass AND acl.grantee <> relowner
    LOOP
        EXECUTE format('REVOKE ALL ON data_key FROM %I', given.rolname);
    END LOOP;
    FOR given IN
        SELECT DISTINCT rolname, pg_proc.oid::regprocedure AS function
        FROM pg_proc, aclexplode(proacl) AS acl JOIN pg_roles ON pg_roles.oid = acl.grantee
        WHERE proname IN ('record_unwrapping', 'recorded_keys') AND acl.grantee <> proowner
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM %I', given.function, given.rolname);
    END LOOP;
END
$$;
"""


def rights_sql(manifests: Iterable[Manifest]) -> str:
    """SQL that gives each service exactly the rights of its manifest and revokes any others. Safe to repeat.

    The services' logins must exist. A service sees every key that it made itself, because a row that conflicts on
    insert must be visible to its inserter. No service reads a wrapped key from the table: it records first what it is
    going to unwrap, and then gets it by the number of that record.
    """
    listed = list(manifests)
    names = ", ".join(f"'{manifest.name}'" for manifest in listed) or "NULL"
    gone = f"DELETE FROM key_allowance WHERE service NOT IN ({names});"  # noqa: S608 - names of manifests
    return _NOBODY + gone + "".join(_of(manifest) for manifest in listed)


def _of(manifest: Manifest) -> str:
    name, keys = manifest.name, manifest.keys
    opens = (*keys.opens, *EVERY_SERVICES)
    visible = f"kind IN {_listed(opens)} OR made_by = current_user"
    listed = ", ".join(f"'{kind}'" for kind in opens)
    # An allowance that somebody has set stays.
    sql = f"""
INSERT INTO key_allowance (service, opens) VALUES ('{name}', ARRAY[{listed}])
    ON CONFLICT (service) DO UPDATE SET opens = excluded.opens;
"""  # noqa: S608 - names and kinds of manifests
    sql += f"""
GRANT INSERT ON data_key TO {name};
GRANT SELECT (subject, kind, made_by, made_at, erased_at) ON data_key TO {name};
GRANT EXECUTE ON FUNCTION record_unwrapping, recorded_keys TO {name};
CREATE POLICY {name}_makes ON data_key FOR INSERT TO {name}
    WITH CHECK (made_by = current_user AND kind IN {_listed((*keys.makes, *EVERY_SERVICES))});
CREATE POLICY {name}_opens ON data_key FOR SELECT TO {name} USING ({visible});
"""
    # Each may erase the records that it could not use itself, forms that were written at it, and webhooks' secrets.
    sql += f"""
GRANT UPDATE (wrapped, erased_at) ON data_key TO {name};
CREATE POLICY {name}_erases_own ON data_key FOR UPDATE TO {name}
    USING (made_by = current_user AND kind IN ('dead-letter', 'form', 'webhook')) WITH CHECK (wrapped IS NULL);
"""
    if keys.erases:
        sql += f"""
CREATE POLICY {name}_erases ON data_key FOR UPDATE TO {name}
    USING (kind IN {_listed(keys.erases)}) WITH CHECK (wrapped IS NULL);
"""
    return sql


def _listed(kinds: Iterable[KeyKind]) -> str:
    return "({})".format(", ".join(f"'{kind}'" for kind in kinds))
