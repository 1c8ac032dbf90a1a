/** The orders policy of the HTTP suites; tokens carry the roles clerk and auditor. */
export const roles = {
  viewer: ['orders:read'],
  clerk: { inherits: ['viewer'], allow: ['orders:create', 'orders:update'] },
  auditor: ['orders:read', 'reports:read'],
  manager: { inherits: ['clerk', 'auditor'], allow: ['orders:*'] },
}
