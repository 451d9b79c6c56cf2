// How the description of the API says that a route takes an employee's own key.

export const KEY_SECURITY = [{ employeeKey: [] }];
