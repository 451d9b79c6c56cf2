// What somebody may be here. In a team one is a member or its lead; what one is in the company, single sign-on says.

export const companyRoles = ['admin', 'finance', 'auditor', 'approver'] as const;
/** `finance` reads all money and no keys, `auditor` reads everything, `approver` decides on requests of any team. */
export type CompanyRole = (typeof companyRoles)[number];

export type Role = CompanyRole | 'member' | 'lead';
