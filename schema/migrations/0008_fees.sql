-- Fee kinds, late fees, discounts, waivers (fees)
CREATE INDEX bill_due ON bill(company_id, project_id, due_day);
