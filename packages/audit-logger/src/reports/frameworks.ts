import { control, evidence as of, type ReportFramework } from './framework.ts'

/** Names of the frameworks that are built in. */
export type FrameworkName = 'soc2' | 'hipaa' | 'gdpr' | 'pci-dss' | 'iso27001' | 'sox'

/**
 * Frameworks with what a log of security events can show of them; much else of each is shown by other means.
 *
 * Identifiers and titles were compared with public listings: those of SOC 2, PCI DSS, ISO 27001 and the GDPR with the libraries of CISO
 * Assistant (github.com/intuitem/ciso-assistant-community, `backend/library/libraries`: `soc2_2017_with_rev_2022`, `pcidss-4_0`,
 * `iso27001-2022`, `gdpr`), HIPAA's with 45 CFR part 164 at govinfo.gov and law.cornell.edu, COSO's Principle 11 with criterion CC5.2 of
 * SOC 2, which repeats it. Titles are in our own words where a standard may not be copied.
 */
export const reportFrameworks: Readonly<Record<FrameworkName, ReportFramework>> = {
  soc2: {
    name: 'SOC 2 (Trust Services Criteria)',
    source: 'AICPA, TSP section 100, 2017 Trust Services Criteria with revised points of focus of 2022',
    controls: [
      control('CC6.1', 'Logical access security', ...of.access, ...of.authentication),
      control('CC6.2', 'Registration and authorisation of users', ...of.accounts),
      control('CC6.3', 'Access is changed and removed by role', 'role.*', ...of.termination),
      control('CC6.6', 'Protection against threats from outside', ...of.network, 'gate.refused'),
      control('CC6.7', 'Transmission and removal of information', 'data.exported', 'audit.exported', 'certificate'),
      control('CC7.1', 'Vulnerabilities are detected', ...of.vulnerabilities),
      control('CC7.2', 'System components are monitored', ...of.availability, 'gate.refused'),
      control('CC7.3', 'Security events are evaluated', 'audit.read', 'auth.locked', 'token.reused'),
      control('CC8.1', 'Changes are managed', ...of.changes),
      control('A1.2', 'Recovery infrastructure is operated and monitored', ...of.availability),
      control('C1.2', 'Confidential information is disposed of', 'data.deleted', 'audit.forgotten', 'audit.pruned'),
      control('P2.1', 'Choice and consent', 'consent.*'),
      control('P4.3', 'Personal information is disposed of', 'audit.forgotten', 'data.deleted', 'user.deleted'),
      control('P5.1', 'Data subjects get at their information', 'privacy.access-requested', 'audit.subject-exported'),
    ],
  },
  hipaa: {
    name: 'HIPAA Security Rule',
    source: '45 CFR part 164, subpart C',
    controls: [
      control('164.308(a)(1)(ii)(D)', 'Information system activity review', 'audit.read', 'audit.exported'),
      control('164.308(a)(3)(ii)(C)', 'Termination procedures', ...of.termination),
      control('164.308(a)(5)(ii)(C)', 'Log-in monitoring', ...of.authentication),
      control('164.308(a)(5)(ii)(D)', 'Password management', ...of.passwords),
      control('164.312(a)(1)', 'Access control', ...of.access),
      control('164.312(a)(2)(i)', 'Unique user identification', 'user.registered', 'authn.accepted', 'auth.login*'),
      control('164.312(a)(2)(iii)', 'Automatic logoff', 'session.ended'),
      control('164.312(b)', 'Audit controls', ...of.data, ...of.log),
      control('164.312(c)(1)', 'Integrity', 'audit.closed', 'audit.recovered', 'data.updated', 'data.deleted'),
      control('164.312(d)', 'Person or entity authentication', ...of.authentication),
      control('164.312(e)(1)', 'Transmission security', ...of.network),
      control('164.316(b)(2)(i)', 'Time limit: documentation is kept for six years', 'audit.pruned', 'audit.hold'),
    ],
  },
  gdpr: {
    name: 'GDPR',
    source: 'Regulation (EU) 2016/679',
    controls: [
      control('Art. 5(2)', 'Accountability', ...of.data, ...of.log),
      control('Art. 7', 'Conditions for consent', 'consent.*'),
      control('Art. 15', 'Right of access', 'privacy.access-requested', 'audit.subject-exported'),
      control('Art. 17', 'Right to erasure', 'audit.forgotten', 'data.deleted', 'user.deleted'),
      control('Art. 20', 'Right to data portability', 'audit.subject-exported', 'data.exported'),
      control('Art. 25', 'Data protection by design and by default', ...of.access),
      control('Art. 32', 'Security of processing', ...of.authentication, ...of.access, ...of.availability),
      control(
        'Art. 33',
        'Notification of a breach: what there may be to notify of',
        'token.reused',
        'auth.locked',
        'gate.failed',
      ),
    ],
  },
  'pci-dss': {
    name: 'PCI DSS 4.0.1',
    source: 'PCI Security Standards Council, PCI DSS v4.0.1, requirements and testing procedures',
    controls: [
      control('1.2', 'Network security controls', ...of.network),
      control('4.2.1', 'Strong cryptography on open networks', 'certificate'),
      control('6.3.1', 'Vulnerabilities are identified', ...of.vulnerabilities),
      control('6.5.1', 'Changes are managed', ...of.changes),
      control('8.2.1', 'Unique identifiers', 'user.registered', 'authn.accepted', 'auth.login*'),
      control('8.2.5', 'Access of terminated users is revoked', ...of.termination),
      control('8.3.1', 'All access is authenticated', ...of.authentication),
      control('8.3.9', 'Passwords are changed', ...of.passwords),
      control('10.2.1.1', 'Individual access to cardholder data', ...of.data),
      control('10.2.1.2', 'Actions of administrators', 'role.*', 'config.changed', 'authz.policy'),
      control('10.2.1.3', 'Access to audit logs', 'audit.read', 'audit.exported'),
      control('10.2.1.4', 'Invalid logical access attempts', 'gate.refused', 'auth.login*', 'token.refused'),
      control('10.2.1.5', 'Changes to credentials', ...of.accounts, ...of.passwords),
      control('10.2.1.6', 'Audit logs begin, stop and pause', 'audit.closed', 'audit.gap', 'audit.recovered'),
      control('10.2.1.7', 'Creation and deletion of system-level objects', 'data.created', 'data.deleted'),
      control('10.3.4', 'Integrity of audit logs', 'audit.closed', 'audit.recovered', 'audit.key-rotated'),
      control('10.4.1', 'Audit logs are reviewed', 'audit.read', 'audit.exported'),
      control('10.5.1', 'Audit logs are kept for a year', 'audit.pruned', 'audit.hold'),
      control('10.7.2', 'Failures of critical controls are detected', ...of.availability),
      control('11.3.1', 'Internal vulnerability scans', 'vulnerability.scanned'),
    ],
  },
  iso27001: {
    name: 'ISO/IEC 27001:2022, Annex A',
    source: 'ISO/IEC 27001:2022, Annex A',
    controls: [
      control('A.5.15', 'Access control', ...of.access),
      control('A.5.16', 'Identity management', ...of.accounts),
      control('A.5.17', 'Authentication information', ...of.passwords, 'auth.factor.*'),
      control('A.5.18', 'Access rights', 'role.*', ...of.termination),
      control('A.5.33', 'Protection of records', ...of.log),
      control('A.5.34', 'Privacy and protection of PII', 'consent.*', 'audit.forgotten', 'audit.subject-exported'),
      control('A.8.5', 'Secure authentication', ...of.authentication),
      control('A.8.8', 'Management of technical vulnerabilities', ...of.vulnerabilities),
      control('A.8.9', 'Configuration management', ...of.changes),
      control('A.8.10', 'Information deletion', 'data.deleted', 'audit.forgotten', 'audit.pruned'),
      control('A.8.15', 'Logging', ...of.log, ...of.data),
      control('A.8.16', 'Monitoring activities', ...of.availability, 'audit.read'),
      control('A.8.20', 'Networks security', ...of.network),
      control('A.8.32', 'Change management', ...of.changes),
    ],
  },
  sox: {
    name: 'SOX, with the COSO framework',
    source:
      'Sarbanes-Oxley Act of 2002, sections 302, 404 and 802 (15 U.S.C. 7241, 7262; 18 U.S.C. 1519, 1520); COSO, Internal Control – Integrated Framework (2013)',
    controls: [
      control('302', 'Responsibility for controls', ...of.changes),
      control('404', 'Internal control: access to financial systems', ...of.access, ...of.accounts, ...of.termination),
      control('COSO 11 (access)', 'General controls over technology: access', ...of.access, ...of.authentication),
      control('COSO 11 (change)', 'General controls over technology: change', ...of.changes),
      control('COSO 11 (operations)', 'General controls over technology: operations', ...of.availability),
      control('COSO 16', 'Ongoing evaluations', 'audit.read', 'audit.exported'),
      control(
        '802',
        'Records are kept and not altered',
        'audit.pruned',
        'audit.hold',
        'audit.closed',
        'audit.recovered',
      ),
    ],
  },
}
